"""What is said when the machine has stopped (gdb manual, "Stop Reply Packets")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vm.debug.packets import PACKET_SIZE
from vm.debug.target import Stop, Why
from vm.text import printable
from vm.values import dataclass

FEATURES = {
    Why.FORK: b"fork-events", Why.VFORK: b"vfork-events", Why.VFORK_DONE: b"vfork-events", Why.EXEC: b"exec-events",
    Why.NOBODY: b"no-resumed", Why.BREAKPOINT: b"swbreak", Why.HARDWARE_BREAKPOINT: b"hwbreak",
}  # fmt: skip
"""What a client must have said that it understands before it is told of these."""
_EXPEDITED = (32, 2, 1, 8)
"""pc, sp, ra and fp by their numbers: gdb asks for these at every stop."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client by the ``features`` that it understands."""

    features: frozenset[bytes] = frozenset()

    @property
    def knows_processes(self) -> bool:
        """True if threads are named with their process."""
        return b"multiprocess" in self.features

    def understands(self, why: Why) -> bool:
        """True if it can be told of this. To know a child it must know of processes."""
        if why in (Why.FORK, Why.VFORK, Why.VFORK_DONE) and not self.knows_processes:
            return False
        return why not in FEATURES or FEATURES[why] in self.features

    def identify(self, pid: int, tid: int) -> str:
        """A thread's id."""
        return f"p{pid:x}.{tid:x}" if self.knows_processes else f"{tid:x}"


def stop_reply(stop: Stop, client: Client, registers: Sequence[int] | None) -> bytes:
    """Say why and where the machine has stopped, with some ``registers`` of the thread if they are known."""
    process = b";process:%x" % stop.pid if client.knows_processes else b""
    if stop.why is Why.EXITED:
        return b"W%02x%b" % (stop.number & 0xFF, process)
    if stop.why is Why.KILLED:
        return b"X%02x%b" % (stop.number & 0xFF, process)
    if stop.why is Why.NOBODY:
        return b"N" if client.understands(Why.NOBODY) else b"W00"
    return b"T%02x%bthread:%b;%b" % (
        stop.signal & 0xFF, _reason(stop, client), client.identify(stop.pid, stop.tid).encode(), _some(registers),
    )  # fmt: skip


def _reason(stop: Stop, client: Client) -> bytes:
    """The words between the signal and the thread, if there are any that the client understands."""
    if stop.why is Why.SIGNAL or not client.understands(stop.why):
        return b""
    return b"%b%b;" % (_WORDS.get(stop.why, stop.why.value.encode()), _value(stop, client))


_WORDS = {Why.BEGIN: b"replaylog", Why.END: b"replaylog"}


def _value(stop: Stop, client: Client) -> bytes:
    if stop.why in (Why.FORK, Why.VFORK):
        return b":" + client.identify(stop.number, stop.number).encode()
    if stop.why is Why.EXEC:
        return b":" + stop.path.hex().encode()
    if stop.why in (Why.BREAKPOINT, Why.HARDWARE_BREAKPOINT, Why.VFORK_DONE, Why.LIBRARIES):
        return b":"
    if stop.why in (Why.BEGIN, Why.END):
        return b":" + stop.why.name.lower().encode()
    return b":%x" % stop.number


def _some(registers: Sequence[int] | None) -> bytes:
    if registers is None:
        return b""
    return b"".join(b"%02x:%b;" % (n, registers[n].to_bytes(4, "little").hex().encode()) for n in _EXPEDITED)


def on_console(line: str) -> Iterator[bytes]:
    """A line for the user's console, in as many packets as it takes."""
    text = printable(line, keep="\t") + "\n"
    for start in range(0, len(text), _LETTERS):
        yield b"O" + text[start : start + _LETTERS].encode(errors="replace").hex().encode()


_LETTERS = PACKET_SIZE // 8 - 1
"""Letters of one packet, of up to four bytes each, of two digits each."""
