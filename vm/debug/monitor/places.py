"""Where threads are in their programs, and where names lie: by the symbols of what they execute."""

from __future__ import annotations

from functools import lru_cache
from pathlib import PurePosixPath

from vm.elf import ElfError, LoadSegment, load_image
from vm.kernel.errors import MachineStopped, SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Process, Task
from vm.observe.deaths.backtrace import Place, backtrace, own_place, place_of
from vm.observe.deaths.death import with_variable
from vm.observe.deaths.remains import Standing, standing
from vm.observe.symbols import Symbols
from vm.text import printable, shortened

STACK_KEPT = 4096
"""Bytes of a stack that are looked at to find the calls that led to a place."""
LONGEST_NAME = 40
"""Letters of a function's name that are shown."""


@lru_cache(maxsize=4)
def _symbols(image: bytes) -> Symbols:
    return Symbols(image)


@lru_cache(maxsize=4)
def _segments(image: bytes) -> tuple[LoadSegment, ...]:
    try:
        return tuple(load_image(image).segments)
    except ElfError:
        return ()


def offset_in_image(kernel: Kernel, path: str, address: int) -> int | None:
    """Return which byte of the image at ``path`` is loaded to ``address``; None where none is, or it is not known."""
    for segment in _segments(_image(kernel, path)):
        if segment.offset is not None and segment.vaddr <= address < segment.vaddr + len(segment.data):
            return segment.offset + address - segment.vaddr
    return None


def _image(kernel: Kernel, path: str) -> bytes:
    try:
        return kernel.loader.image_file(path)
    except (SystemCallError, MachineStopped):
        return b""


def symbols_of(kernel: Kernel, path: str) -> Symbols:
    """Return the names in the image at ``path``; none where its file is not to be had any more."""
    return _symbols(_image(kernel, path))


def place_text(place: Place) -> str:
    """``main (fork.c:14)``; the function alone without a line, and the pc without both."""
    function = shortened(place.function, LONGEST_NAME)
    if place.line:
        return f"{function} ({_base(place.file)}:{place.line})"
    return f"{function}, {place.pc:#010x}" if function else f"{place.pc:#010x}"


def at(kernel: Kernel, path: str, where: Standing) -> Place:
    """Return the innermost place of the program's own source that a thread of ``path`` stood at, or the pc's."""
    return own_place(backtrace(symbols_of(kernel, path), where))


def thread_place(kernel: Kernel, task: Task) -> str:
    """Where ``task`` is, as text; empty for one without memory."""
    if task.process.space is None:
        return ""
    return place_text(at(kernel, task.process.path, standing(task, STACK_KEPT)))


def wait_text(kernel: Kernel, task: Task) -> str:
    """What ``task`` waits for, as text: of a word in memory the variable, and where the task is, too."""
    why = printable(task.wait.why) if task.wait is not None else ""
    if not why.startswith("the word at "):
        return why
    named = with_variable(why, symbols_of(kernel, task.process.path))
    return f"{shortened(printable(named))} in {thread_place(kernel, task)}"


def pc_place(kernel: Kernel, path: str, pc: int) -> str:
    """What is at ``pc`` of the program ``path``, as text."""
    return place_text(place_of(symbols_of(kernel, path), pc))


def name_of(process: Process) -> str:
    """The program's name, as it may be shown."""
    return shortened(printable(process.name), LONGEST_NAME) or "?"


def thread_name(task: Task) -> str:
    """``3`` for the first thread of process 3, ``3.5`` for another of its threads, as gdb numbers them."""
    return str(task.pid) if task.tid == task.pid else f"{task.pid}.{task.tid}"


def _base(file: str) -> str:
    return PurePosixPath(file).name or file
