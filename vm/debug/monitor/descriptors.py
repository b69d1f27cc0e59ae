"""``monitor fds``: what a process has open, and who holds the other ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vm.abi import PAGE_SIZE
from vm.debug.monitor.asking import Question
from vm.debug.monitor.places import name_of
from vm.debug.monitor.tables import table
from vm.kernel.files.opened import Descriptors, OpenFile, Positioned
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.terminal import ConsoleInput, ConsoleOutput
from vm.kernel.kernel import Kernel
from vm.kernel.net.sockets import Socket
from vm.kernel.net.unix import UnixSocket
from vm.quantities import plural, size
from vm.text import printable, shortened

MOST = 100
"""Descriptors that are listed."""
MOST_HOLDERS = 6
"""Holders of another end that are named."""
LONGEST_PATH = 120
"""Letters of a path that are shown."""

Holder = tuple[int, int]
"""A process and its descriptor."""


def holders_of(kernel: Kernel) -> dict[OpenFile, list[Holder]]:
    """Return who refers to each open file: a table that processes share counts for each of them."""
    found: dict[OpenFile, list[Holder]] = {}
    for process in kernel.processes:
        for files in dict.fromkeys(task.files for task in process.threads):
            for number in files.numbers:
                found.setdefault(files.place(number), []).append((process.pid, number))
    return found


def pipe_ends(holders: dict[OpenFile, list[Holder]], number: int, *, writing: bool) -> list[Holder]:
    """Return who can write into pipe ``number``, or read from it."""
    return [
        holder
        for file, all_holders in holders.items()
        if isinstance(file, PipeEnd) and file.pipe.number == number and (file.writable if writing else file.readable)
        for holder in all_holders
    ]


def holders_text(holders: Iterable[Holder]) -> str:
    """``2 (fd 4), 5 (fd 1)``."""
    found = sorted(holders)
    text = ", ".join([f"{pid} (fd {number})" for pid, number in found[:MOST_HOLDERS]])
    return text + (f" and {len(found) - MOST_HOLDERS} more" if len(found) > MOST_HOLDERS else "")


def fds(question: Question) -> Iterator[str]:
    """Yield a line for each descriptor of a process."""
    kernel, process = question.kernel, question.process(question.word(0))
    tables = list(dict.fromkeys(task.files for task in process.threads))
    if not tables:
        yield f"process {process.pid} has nothing open any more: {name_of(process)} has ended"
        return
    holders = holders_of(kernel)
    for files in tables:
        own = [str(task.tid) for task in process.threads if task.files is files]
        of = f" of {plural(len(own), 'thread')}, {own[0]} the first," if len(tables) > 1 else ""
        yield f"process {process.pid}, {name_of(process)}:{of} {plural(len(files), 'descriptor')}"
        if len(files):
            yield from table(("fd", "mode", "file"), (-5, 7), _rows(files, holders))
        if len(files) > MOST:
            yield f"… {plural(len(files) - MOST, 'more descriptor')}"


def _rows(files: Descriptors, holders: dict[OpenFile, list[Holder]]) -> Iterator[tuple[str, ...]]:
    for number in files.numbers[:MOST]:
        entry = files.entry(number)
        file = entry.file
        mode = ("r" if file.readable else "-") + ("w" if file.writable else "-")
        mode += " cloex" if entry.close_on_exec else ""
        yield str(number), mode, _file_text(file, holders)


def _file_text(file: OpenFile, holders: dict[OpenFile, list[Holder]]) -> str:
    if isinstance(file, PipeEnd):
        return _pipe_text(file, holders)
    if isinstance(file, ConsoleInput):
        return "the machine's standard input"
    if isinstance(file, ConsoleOutput):
        return f"the machine's standard {'error' if file.stream.is_errors else 'output'}"
    if isinstance(file, Socket):
        return _socket_text(file, holders)
    text = path_text(file)
    return f"{text}, at byte {file.offset:,}" if isinstance(file, Positioned) else text


def path_text(file: OpenFile) -> str:
    """The name by which a file was opened."""
    return shortened(printable(file.path.decode(errors="surrogateescape")), LONGEST_PATH)


def _pipe_text(file: PipeEnd, holders: dict[OpenFile, list[Holder]]) -> str:
    pipe = file.pipe
    name = f"pipe {pipe.number}" if file.path.startswith(b"pipe:") else f"pipe {pipe.number}, {path_text(file)}"
    text = f"{name}: holds {size(pipe.held)} of {size(pipe.pages * PAGE_SIZE)}"
    for is_this, writing, word in ((file.readable, True, "written"), (file.writable, False, "read")):
        if is_this:
            others = pipe_ends(holders, pipe.number, writing=writing)
            text += f"; {word} by {holders_text(others)}" if others else f"; {word} by nobody"
    return text


def _socket_text(file: Socket, holders: dict[OpenFile, list[Holder]]) -> str:
    text = f"socket {file.number}, {file.state.value}; {size(file.inbox.held)} to be read"
    if isinstance(file, UnixSocket) and file.peer is not None:
        others = holders.get(file.peer, [])
        text += f"; the other end is held by {holders_text(others)}" if others else "; nobody holds the other end"
    return text
