"""``monitor frames``: physical memory, who uses which frames of it, and for what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from vm.cpu.sv32 import POINTER, PPN_SHIFT, V
from vm.debug.monitor.asking import Question
from vm.debug.monitor.places import name_of
from vm.debug.monitor.processes import pids_text, spaces
from vm.debug.monitor.tables import bounded, paragraph, table
from vm.kernel.ipc.memory import SharedObjects
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process
from vm.memory import AddressSpace
from vm.memory.resident import Resident, resident
from vm.memory.segments import SharedMemory
from vm.memory.tables import USER_REGIONS
from vm.quantities import plural, size
from vm.values import dataclass

MOST_SPACES = 40
"""Address spaces that have a line in the summary."""
MOST_RUNS = 60
"""Runs of frames that are listed of each kind."""
MOST_PIDS = 6
"""Processes that are named in a line."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a frame is used for: ``name`` of a segment with the page ``address``, or a page table's.

    ``pids`` use it, each by the first of its address space, in order.
    """

    name: str
    address: int
    pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """One address space: its processes, its pages with frames, and its page tables by what they translate."""

    pids: list[int]
    space: AddressSpace
    pages: Resident
    tables: tuple[tuple[int, int], ...]


Used = Callable[[Account], Iterable[int]]
"""Tells which frames of an address space count."""


def accounts_of(kernel: Kernel) -> list[Account]:
    """Look at every address space that there is."""
    return [_account([process.pid for process in users], space) for space, users in spaces(kernel).items()]


def _account(pids: list[int], space: AddressSpace) -> Account:
    memory = space.memory
    pointers = memory.tables[space.root, :USER_REGIONS].astype(np.int64)
    regions = np.flatnonzero((pointers & POINTER == V) & (pointers >> PPN_SHIFT < memory.count)).tolist()
    tables = tuple([(region << 22, int(pointers[region]) >> PPN_SHIFT) for region in regions])
    return Account(pids, space, resident(space), tables)


def frames(question: Question) -> Iterator[str]:
    """Yield how many frames each address space uses, then which: page tables, and pages."""
    kernel = question.kernel
    chosen = question.process(question.word(0)) if question.words else None
    accounts = accounts_of(kernel)
    yield from paragraph(_total(kernel))
    yield from _summary(kernel, accounts)
    wanted = [account for account in accounts if chosen is None or chosen.pid in account.pids]
    yield from _section("page tables", _tables(accounts, wanted), kernel)
    yield from _section("pages", _pages(accounts, wanted), kernel)
    if chosen is None:
        yield from _section("others", _others(kernel, accounts), kernel)


def _total(kernel: Kernel) -> str:
    memory = kernel.memory
    text = f"{memory.count:,} frames of 4 KiB ({size(memory.count << 12)}): {memory.used:,} in use, "
    return f"{text}{memory.count - memory.used:,} free; {memory.committed:,} in use or promised"


def _summary(kernel: Kernel, accounts: Sequence[Account]) -> Iterator[str]:
    heads = ("processes", "program", "private", "shared", "tables", "")
    rows = [
        (
            pids_text(account.pids, MOST_PIDS), _program(kernel, account), f"{account.pages.private:,}",
            f"{account.pages.shared:,}", f"{len(account.tables) + 1:,}", "",
        )
        for account in accounts[:MOST_SPACES]
    ]  # fmt: skip
    yield from table(heads, (24, 16, -7, -7, -6), rows)
    if len(accounts) > MOST_SPACES:
        yield f"… {plural(len(accounts) - MOST_SPACES, 'more address space')}"


def _program(kernel: Kernel, account: Account) -> str:
    process: Process = kernel.processes[account.pids[0]]
    return name_of(process)


def _pages(accounts: Sequence[Account], wanted: Sequence[Account]) -> dict[int, Use]:
    """Return what the frames of pages are used for: by the first that has them among those ``wanted``."""
    first: dict[int, Use] = {}
    for account in wanted:
        for segment in account.space.segments:
            start, end = np.searchsorted(account.pages.addresses, (segment.start, segment.end))
            places = zip(
                account.pages.frames[start:end].tolist(), account.pages.addresses[start:end].tolist(), strict=True
            )
            for frame, address in places:
                first.setdefault(frame, Use(segment.name, address, ()))
    return _with_users(first, accounts, lambda account: account.pages.frames.tolist())


def _tables(accounts: Sequence[Account], wanted: Sequence[Account]) -> dict[int, Use]:
    first: dict[int, Use] = {}
    for account in wanted:
        first[account.space.root] = Use("root", -1, ())
        for address, frame in account.tables:
            first.setdefault(frame, Use("table", address, ()))
    return _with_users(
        first, accounts, lambda account: [account.space.root, *(frame for _, frame in account.tables)]
    )  # fmt: skip


def _with_users(first: dict[int, Use], accounts: Sequence[Account], used: Used) -> dict[int, Use]:
    users: dict[int, dict[int, None]] = {}
    for account in accounts:
        for frame in used(account):
            if frame in first:
                users.setdefault(frame, {}).update(dict.fromkeys(account.pids))
    return {frame: Use(use.name, use.address, tuple(users[frame])) for frame, use in first.items()}


def _others(kernel: Kernel, accounts: Sequence[Account]) -> dict[int, Use]:
    """Return the frames that the machine has, and those of shared memory that no page table shows."""
    shown = {frame for account in accounts for frame in account.pages.frames.tolist()}
    found = {frame: Use("machine", -1, ()) for frame in kernel.memory.machine_frames if frame not in shown}
    objects = {
        segment.backing: None for account in accounts for segment in account.space.segments
        if isinstance(segment.backing, SharedMemory)
    }  # fmt: skip
    part = kernel.system.parts.get("SharedObjects")
    if isinstance(part, SharedObjects):
        objects |= dict.fromkeys(each.memory for each in part.objects)
    for memory in objects:
        for page, frame in memory.frames.items():
            if frame not in shown:
                found.setdefault(frame, Use("shared memory", page << 12, ()))
    return found


def _section(title: str, uses: dict[int, Use], kernel: Kernel) -> Iterator[str]:
    if uses:
        yield f"{title}: {len(uses):,}"
        yield from bounded(_runs(uses, kernel), MOST_RUNS, "run of frames", "runs of frames")


def _runs(uses: dict[int, Use], kernel: Kernel) -> Iterator[str]:
    """Yield a line for neighbours of one purpose whose pages are neighbours, too."""

    def likeness(frame: int) -> tuple[object, ...]:
        use = uses[frame]
        way = use.address - (frame << 12) if use.address >= 0 and use.name != "table" else use.address
        return use.name, use.pids, int(kernel.memory.references[frame]), way

    ordered = sorted(uses)
    for _, group in groupby(enumerate(ordered), key=lambda each: (each[1] - each[0], likeness(each[1]))):
        run = [frame for _, frame in group]
        yield from paragraph(_run_text(run, uses, kernel), "  ", " " * 8)


def _run_text(run: Sequence[int], uses: dict[int, Use], kernel: Kernel) -> str:
    use, count = uses[run[0]], len(run)
    frames_text = f"{run[0]}" if count == 1 else f"{run[0]}-{run[-1]}"
    what = use.name
    if use.name == "table":
        what = f"table of {use.address:08x}-{use.address + (1 << 22) - 1:08x}"
    elif use.address >= 0:
        what += f" {use.address:08x}" + (f"-{use.address + (count << 12):08x}" if count > 1 else "")
    of = f" of {pids_text(list(use.pids), MOST_PIDS)}" if use.pids else ""
    references = int(kernel.memory.references[run[0]])
    each = f", {references} users" if references > max(len(use.pids), 1) else ""
    return f"{frames_text:<11} {what}{of}{each}"
