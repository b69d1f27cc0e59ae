"""``monitor whence``: which page and frame an address is in, who shares it, and how it came to be so."""

from __future__ import annotations

from collections.abc import Iterator

from vm.abi import PAGE_SIZE
from vm.cpu.sv32 import COMMON, COPIED, PPN_SHIFT, PROTECTED, A, D, G, R, U, V, W, X
from vm.debug.monitor.addresses import FORMS, address_of
from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.moments import moment_text
from vm.debug.monitor.places import at, name_of, place_text, symbols_of
from vm.debug.monitor.processes import pids_text, spaces
from vm.debug.monitor.replaying import Impatient, replay
from vm.debug.monitor.segments import file_text, protection_text, range_text
from vm.debug.monitor.story import Chain, Entry, PageStory
from vm.debug.monitor.tables import paragraph
from vm.debug.monitor.writers import Lineage, last_change, last_writing
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process
from vm.memory import AddressSpace
from vm.quantities import plural

_BITS = ((V, "V"), (R, "R"), (W, "W"), (X, "X"), (U, "U"), (G, "G"), (A, "A"), (D, "D"))
MOST_PIDS = 12
"""Processes that are named in a line."""
HEAD = 11
"""Columns of the words before what they are about."""


def whence(question: Question) -> Iterator[str]:
    """Yield where an address of a process lies, who else has the frame, and the page's story."""
    word = question.word(0)
    if word is None:
        raise Complaint(f"whence what? An address: {FORMS}")
    process = question.process(question.word(1))
    if process.space is None:
        raise Complaint(f"process {process.pid} has no memory any more: {name_of(process)} has ended")
    address = address_of(question, process, word)
    yield from paragraph(_title(question.kernel, process, process.space, address), "", " " * HEAD)
    if process.space.segments.find(address) is None:
        yield from _around(process.space, address)
        return
    for head, text in _facts(question.kernel, process.space, address):
        yield from paragraph(text, f"  {head:<{HEAD - 2}}", " " * HEAD)
    yield from _story(question, process, address)


def _title(kernel: Kernel, process: Process, space: AddressSpace, address: int) -> str:
    place = symbols_of(kernel, process.path).place(address)
    others = [other.pid for other in spaces(kernel)[space] if other is not process]
    text = f"{address:#010x}{f' {place}' if place else ''} of process {process.pid}, {name_of(process)}"
    return text + (f"; one address space with {pids_text(others, MOST_PIDS)}" if others else "")


def _around(space: AddressSpace, address: int) -> Iterator[str]:
    if space.entry(address) & V:
        yield "  a page of the machine's own, by which handlers of signals return"
        return
    yield "  nothing is mapped there"
    index = space.segments.above(address)
    for word, neighbours in (("below", space.segments[max(index - 1, 0) : index]), ("above", space.segments[index:])):
        for segment in neighbours[:1]:
            yield f"  {word:<{HEAD - 2}}{segment.name} {range_text(segment.start, segment.end)}"


def _facts(kernel: Kernel, space: AddressSpace, address: int) -> Iterator[tuple[str, str]]:
    segment = space.segments.find(address)
    assert segment is not None
    file = file_text(segment)
    yield (
        "segment",
        (
            f"{segment.name} {range_text(segment.start, segment.end)} {protection_text(segment)}"
            + (f", of {file}" if file else "")
        ),
    )
    entry, page = space.entry(address), address & -PAGE_SIZE
    if not entry & V:
        yield "page", f"{page:08x}, number {(address - segment.start) // PAGE_SIZE} of {segment.pages}: no frame so far"
        return
    frame = entry >> PPN_SHIFT
    yield "page", f"{page:08x}: frame {frame}, PTE {entry:#010x} {bits_text(entry)}{_table_text(space, address)}"
    yield "frame", _users_text(kernel, space, address, frame)
    word = space.peek(address & -4, 4)
    yield "word", f"{int.from_bytes(word, 'little'):#010x} at {address & -4:#010x}"


def bits_text(entry: int) -> str:
    """``V R - - U - A D`` of a page table entry, and what its software bits say."""
    text = "".join(letter if entry & bit else "-" for bit, letter in _BITS)
    notes = [note for bit, note in ((COPIED, "copied by a fork"), (COMMON, "of shared memory")) if entry & bit]
    return text + "".join(f", {note}" for note in notes)


def _table_text(space: AddressSpace, address: int) -> str:
    pointer = int(space.memory.tables[space.root, address >> 22])
    is_shared = bool(pointer & V) and int(space.memory.references[pointer >> PPN_SHIFT]) > 1
    if is_shared:
        return ", in a page table that others have, too"
    return ", in a page table that nothing is written through" if pointer & PROTECTED else ""


def _users_text(kernel: Kernel, space: AddressSpace, address: int, frame: int) -> str:
    same: list[int] = []
    for other, users in spaces(kernel).items():
        if other is not space and other.entry(address) & V and other.entry(address) >> PPN_SHIFT == frame:
            same += [process.pid for process in users]
    references = int(kernel.memory.references[frame])
    text = (
        f"shared with {pids_text(same, MOST_PIDS)}, at the same address"
        if same
        else "no other address space has it at this address"
    )
    if frame in kernel.memory.machine_frames:
        return f"{text}; the machine's page of zeros, {plural(references, 'user')}"
    return f"{text}; {plural(references, 'user')}" if references > 1 else text


def _story(question: Question, process: Process, address: int) -> Iterator[str]:
    """How the page came to be what it is: by history, which is run again."""
    again = replay(question)
    story, lineage = PageStory(again.rerun.kernel, address), Lineage(again.rerun.kernel)
    is_whole = True
    try:
        again.advance()
    except Impatient as error:
        is_whole = False
        yield from paragraph(str(error))
    twin = again.rerun.kernel.processes.get(process.pid)
    if twin is None or twin.space is None:
        yield f"  process {process.pid} was not there yet" if not is_whole else "  its history is not known"
        return
    chain = story.chain(twin.space)
    yield from _told(again.rerun.kernel, chain)
    now = process.space.entry(address) if process.space is not None else 0
    if is_whole and chain.frame != (now >> PPN_SHIFT if now & V else None):
        yield "  how it got the frame that it has now was not told"
    if is_whole:
        yield from paragraph(_written(question, lineage, process, address), f"  {'written':<{HEAD - 2}}", " " * HEAD)


def _written(question: Question, lineage: Lineage, process: Process, address: int) -> str:
    """Who has written the word last, as text."""
    try:
        found = last_writing(question, lineage.owners(process.pid), address)
    except Impatient as error:
        return f"not found out: {error}"
    changed = last_change(question, process, address)
    if changed is not None and (found is None or changed.clock > found.clock):
        return f"at {moment_text(changed)} in the debugger"
    if found is None:
        return "by nobody since it was made"
    return f"{found.text(question.kernel)}; `monitor goto {found.clock}` goes there"


def _told(kernel: Kernel, chain: Chain) -> Iterator[str]:
    if chain.before:
        yield f"  … {plural(chain.before, 'event')} before these"
    for entry in chain.entries:
        yield from paragraph(_entry_text(kernel, entry), f"  {entry.clock:>12,} ", " " * 15)


def _entry_text(kernel: Kernel, entry: Entry) -> str:
    text = entry.text + (f"; frame {entry.frame}" if entry.frame is not None else "")
    if entry.where is None:
        return text
    call = f" in {entry.call}" if entry.call else ""
    return f"{text};{call} at {place_text(at(kernel, entry.path, entry.where))}"
