"""What a client reads whole, a piece at a time (gdb manual, "General Query Packets", qXfer).

The description of the machine has ``<osabi>none</osabi>``, for gdb's steps. With GNU/Linux, which it takes for a guest
otherwise, gdb 13 steps by breakpoints of its own, whatever it is offered: three packets and a stop for each instruction
instead of one for all of a line, past a whole LR/SC sequence and a signal's handler, and not at all to an address where
no code is. What it knows of Linux alone (``$_siginfo``, ``info proc``, and from version 17 on the names of system
calls) it knows after ``set osabi GNU/Linux``, which prevails over the description. Neither makes gdb 13 or 16 catch
system calls on RISC-V, nor shows the frame of a signal's handler on RV32: a library does, which every process has.

There is no memory map: gdb reads it once for an image, and takes all else for nothing from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vm.abi import SIGNAL_PAGE
from vm.abi.errors import Errno
from vm.debug import signal_page
from vm.debug.packets import MOST_DATA, escape
from vm.debug.parsing import halves, number, numbers
from vm.debug.selection import Selection
from vm.debug.target import Refused, ThreadLine
from vm.text import printable, shortened

REGISTERS = (
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2",
    "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6", "pc",
)  # fmt: skip
"""gdb's names of the registers, in the order of their numbers."""
_TYPES = {"sp": "data_ptr", "gp": "data_ptr", "tp": "data_ptr", "fp": "data_ptr", "ra": "code_ptr", "pc": "code_ptr"}


def transfer(selection: Selection, argument: bytes) -> bytes:
    """Answer ``qXfer``: a piece of a document; nothing for one that there is not, or that is to be written."""
    what, _, rest = argument.partition(b":")
    if what not in _DOCUMENTS or not rest.startswith(b"read:"):
        return b""
    annex, span = halves(rest.removeprefix(b"read:"), b":")
    offset, size = numbers(span, b",", 2)
    document = _DOCUMENTS[what](selection, annex)
    piece = document[offset : offset + min(size, MOST_DATA)]
    return (b"m" if offset + len(piece) < len(document) else b"l") + escape(piece)


def _target_description(_: Selection, annex: bytes) -> bytes:
    """RV32 without floating point and CSRs ("RISC-V Features")."""
    if annex != b"target.xml":
        raise Refused(Errno.ENOENT)
    registers = "".join(
        f'<reg name="{name}" bitsize="32" type="{_TYPES.get(name, "int")}" regnum="{number}"/>'
        for number, name in enumerate(REGISTERS)
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0">'
        "<architecture>riscv:rv32</architecture><osabi>none</osabi>"
        f'<feature name="org.gnu.gdb.riscv.cpu">{registers}</feature></target>'
    ).encode()


def _executable(selection: Selection, annex: bytes) -> bytes:
    return selection.target.executable(selection.process(number(annex)) if annex else selection.thread().pid)


def _auxiliary_vector(selection: Selection, _: bytes) -> bytes:
    return selection.target.auxiliary_vector(selection.thread().pid)


def _signal_information(selection: Selection, _: bytes) -> bytes:
    return selection.target.signal_information(selection.thread().tid)


def _libraries(selection: Selection, _: bytes) -> bytes:
    """The one page that the machine gives every process ("Library List Format")."""
    selection.bare = (selection.bare or set()) - {selection.thread().pid}
    name = signal_page.PATH.decode()
    return (
        f'<library-list><library name="{name}"><segment address="{SIGNAL_PAGE:#x}"/></library></library-list>'
    ).encode()


def _threads(selection: Selection, _: bytes) -> bytes:
    return thread_list(selection.threads(), selection.client.identify)


def thread_list(threads: Sequence[ThreadLine], identify: Callable[[int, int], str]) -> bytes:
    """Name every thread and say what it does ("Thread List Format"). ``identify`` gives its id to a (pid, tid)."""
    lines = "".join(
        f'<thread id="{identify(line.pid, line.tid)}" name="{_quoted(line.name)}">{_quoted(line.state)}</thread>'
        for line in threads
    )
    return f'<?xml version="1.0"?><threads>{lines}</threads>'.encode()


def _quoted(text: str) -> str:
    """A text of the guest's making as it may stand in a document."""
    return "".join(_ENTITIES.get(letter, letter) for letter in shortened(printable(text)))


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_DOCUMENTS: dict[bytes, Callable[[Selection, bytes], bytes]] = {
    b"features": _target_description,
    b"exec-file": _executable,
    b"auxv": _auxiliary_vector,
    b"threads": _threads,
    b"libraries": _libraries,
    b"siginfo": _signal_information,
}
FEATURES = tuple(f"qXfer:{name.decode()}:read" for name in _DOCUMENTS)
"""How ``qSupported`` names the documents."""
