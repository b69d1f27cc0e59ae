"""A client's session: each packet of gdb's remote protocol that a machine answers, and how.

The manual's "Packets" and "General Query Packets" say what each means. What is in no table is answered by an empty
packet, as the protocol wants it. A packet that cannot be read, and what a machine refuses, is answered by an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from vm.abi.errors import Errno
from vm.debug import contents, documents, resuming
from vm.debug.files import Files
from vm.debug.packets import MOST_DATA, PACKET_SIZE, Sign, frame
from vm.debug.parsing import EVERYBODY, SPACE, data, malformed, number, numbers, thread_id
from vm.debug.selection import Selection
from vm.debug.stop_replies import Client, on_console
from vm.debug.target import Refused, Target, ThreadLine, Why
from vm.text import printable

_FEATURES = (
    "QStartNoAckMode", "multiprocess", "swbreak", "hwbreak", "fork-events", "vfork-events", "exec-events", "no-resumed",
    "vContSupported", "ReverseStep", "ReverseContinue", "QPassSignals", "QProgramSignals", "QCatchSyscalls",
    "binary-upload", *documents.FEATURES,
)  # fmt: skip
OFFERED = f"PacketSize={PACKET_SIZE:x}" + "".join(f";{feature}+" for feature in _FEATURES)
"""What ``qSupported`` is told."""
_EVENTS = (Why.FORK, Why.VFORK, Why.VFORK_DONE, Why.EXEC, Why.NOBODY)
_NAMES = PACKET_SIZE // 20 - 1
"""Threads that one packet names: an id has 20 letters at most."""

Answer = bytes | Iterable[bytes]


class Session:
    """One client and one machine.

    ``is_over``: the client is to be let go, when all answers are sent. ``is_acknowledging``: each packet is
    acknowledged, until the client asks that it not be.
    """

    def __init__(self, target: Target) -> None:
        self.is_over = False
        self.is_acknowledging = True
        self.selection = Selection(target)
        self._target = target
        self._files = Files(target)
        self._unlisted: Sequence[ThreadLine] = ()
        self._sent = b""

    def answer(self, arrived: bytes | Sign) -> Iterator[bytes]:
        """Yield what is to be sent for a packet or a sign, in frames and with signs.

        All of it must be taken. An interrupt is not for here: it comes while an answer is worked out.
        """
        if isinstance(arrived, bytes):
            if self.is_acknowledging:
                yield b"+"
            for text in self.handle(arrived):
                self._sent = frame(text)
                yield self._sent
        elif arrived is Sign.BROKEN:
            yield b"-" if self.is_acknowledging else frame(_error(Errno.EINVAL))
        elif arrived is Sign.AGAIN and self.is_acknowledging and self._sent:
            yield self._sent

    def handle(self, packet: bytes) -> Iterator[bytes]:
        """Do what a packet's text asks; yield the texts of the answers. For some there is none."""
        name, argument = _named(packet)
        try:
            answer = self._answer(name, argument)
            yield from (answer,) if isinstance(answer, bytes) else answer
        except Refused as refused:
            yield self._refusal(name, refused)

    def _answer(self, name: bytes, argument: bytes) -> Answer:
        self._note_looks(name, argument)
        if name in _PACKETS:
            return _PACKETS[name](self, argument)
        if name in _OF_SELECTION:
            return _OF_SELECTION[name](self.selection, argument)
        return b""

    def _note_looks(self, name: bytes, argument: bytes) -> None:
        """Note which thread is looked at: not each of those of which a list is made."""
        if name in _LISTS or (name == b"qXfer" and argument.startswith(b"threads")):
            self.selection.is_listing = True
            self._target.lists()
        elif name == b"T":
            self.selection.is_listing = False
            self.selection.look(thread_id(argument))
        elif name in contents.PACKETS:
            self.selection.look(self.selection.general)

    def _refusal(self, name: bytes, refused: Refused) -> bytes:
        """An error by its number; by its words where the client shows them to its user."""
        words = str(refused)
        if words and (name in resuming.PACKETS or b"error-message" in self.selection.client.features):
            return b"E." + _PLAIN.sub(b"?", printable(words).encode())
        return _error(refused.errno)

    # --- agreeing
    def _agree(self, argument: bytes) -> bytes:
        client = Client(frozenset(word[:-1] for word in argument.split(b";") if word.endswith(b"+")))
        self.selection.client = client
        self._target.wants(frozenset(why for why in _EVENTS if client.understands(why)))
        return OFFERED.encode()

    def _stop_acknowledging(self, _: bytes) -> bytes:
        self.is_acknowledging = False
        return b"OK"

    # --- breakpoints and other stops
    def _insert(self, argument: bytes) -> bytes:
        self._target.insert(self.selection.thread().pid, *_point(argument))
        return b"OK"

    def _remove(self, argument: bytes) -> bytes:
        self._target.remove(self.selection.thread().pid, *_point(argument))
        return b"OK"

    def _pass_signals(self, argument: bytes) -> bytes:
        self._target.pass_signals(_some_numbers(argument))
        return b"OK"

    def _note_signals(self, argument: bytes) -> bytes:
        """Which signals a client may send on: it will say so when it does."""
        _some_numbers(argument)
        return b"OK"

    def _catch_calls(self, argument: bytes) -> bytes:
        wanted, *calls = argument.split(b";", 1)
        if wanted not in (b"0", b"1"):
            raise malformed("neither 0 nor 1")
        self._target.catch_calls(frozenset(_some_numbers(calls[0])) if calls else None, wanted=wanted == b"1")
        return b"OK"

    # --- threads
    def _select(self, argument: bytes) -> bytes:
        what, who = argument[:1], thread_id(argument[1:])
        if what not in (b"g", b"c"):
            raise malformed("no operation")
        if who != EVERYBODY and not (who.pid and self._target.has_to_tell(who.pid)):
            self.selection.meant(who)
        if what == b"g":
            self.selection.general = who
        else:
            self.selection.resumed = who
        return b"OK"

    def _is_alive(self, argument: bytes) -> bytes:
        who = thread_id(argument)
        if not (who.pid and self._target.has_to_tell(who.pid)):
            self._target.takes(self.selection.meant(who).pid)
        return b"OK"

    def _current(self, _: bytes) -> bytes:
        return b"QC" + self.selection.identify(self.selection.thread())

    def _first_threads(self, _: bytes) -> bytes:
        self._unlisted = self.selection.threads()
        return self._more_threads(b"")

    def _more_threads(self, _: bytes) -> bytes:
        some, self._unlisted = self._unlisted[:_NAMES], self._unlisted[_NAMES:]
        return b"m" + b",".join(map(self.selection.identify, some)) if some else b"l"

    def _thread_state(self, argument: bytes) -> bytes:
        thread = self.selection.meant(thread_id(argument))
        return printable(f"{thread.name}: {thread.state}").encode()[:MOST_DATA].hex().encode()

    def _is_attached(self, argument: bytes) -> bytes:
        """The program was started for the client, which may kill it when it leaves."""
        if argument:
            self.selection.process(number(argument))
        return b"0"

    # --- leaving
    def _detach(self, argument: bytes) -> bytes:
        """Let go of one process, or of all and of the client."""
        pids = [number(argument[1:])] if argument else self.selection.processes()
        for pid in pids:
            self._target.detach(pid)
        self.selection.changed()
        self.is_over = not argument
        return b"OK"

    def _kill(self, argument: bytes) -> bytes:
        self._target.kill(number(argument))
        self.selection.changed()
        return b"OK"

    def _kill_all(self, _: bytes) -> Answer:
        for pid in self.selection.processes():
            self._target.kill(pid)
        self.selection.changed()
        self.is_over = True
        return ()

    # --- the user's commands
    def _monitor(self, argument: bytes) -> Iterator[bytes]:
        """gdb shows no refusal of this packet: it is told as the other lines are."""
        command = data(argument).decode(errors="replace")
        try:
            for line in self._target.monitor(command, self.selection.looked_at()):
                yield from on_console(line)
        except Refused as refused:
            yield from on_console(str(refused) or os.strerror(refused.errno))
        finally:
            self.selection.changed()
        yield b"OK"

    def _file(self, argument: bytes) -> bytes:
        return self._files.answer(argument)

    def _yes(self, _: bytes) -> bytes:
        return b"OK"


_NAME = re.compile(rb"v[A-Z][A-Za-z]*\??|[qQ][A-Za-z]+|b[cs]|.", re.DOTALL)


_PLAIN = re.compile(rb"[#$}*]")
"""What would have to be escaped, in a text that clients take as it is."""


def _named(packet: bytes) -> tuple[bytes, bytes]:
    """A packet's name and what stands behind it, and behind a colon or the like."""
    found = _NAME.match(packet)
    if found is None:
        return b"", b""
    behind = packet[found.end() :]
    return found[0], behind[1:] if len(found[0]) > 1 and behind[:1] in (b":", b";", b",") else behind


def _point(argument: bytes) -> tuple[int, int, int]:
    """The kind, address and size of a breakpoint or watchpoint."""
    kind, address, size = numbers(argument, b",", 3)
    if kind > 4 or not 0 < size <= SPACE - address:
        raise malformed("no such point")
    return kind, address, size


def _some_numbers(argument: bytes) -> list[int]:
    return [number(word) for word in argument.split(b";") if word]


def _error(errno: int) -> bytes:
    return b"E%02x" % (errno & 0xFF)


_PACKETS: dict[bytes, Callable[[Session, bytes], Answer]] = {
    b"qSupported": Session._agree, b"QStartNoAckMode": Session._stop_acknowledging, b"qSymbol": Session._yes,
    b"Z": Session._insert, b"z": Session._remove, b"QPassSignals": Session._pass_signals,
    b"QProgramSignals": Session._note_signals, b"QCatchSyscalls": Session._catch_calls,
    b"H": Session._select, b"T": Session._is_alive, b"qC": Session._current, b"qAttached": Session._is_attached,
    b"qfThreadInfo": Session._first_threads, b"qsThreadInfo": Session._more_threads,
    b"qThreadExtraInfo": Session._thread_state,
    b"D": Session._detach, b"vKill": Session._kill, b"k": Session._kill_all,
    b"qRcmd": Session._monitor, b"vFile": Session._file,
}  # fmt: skip
_LISTS = (b"qfThreadInfo", b"qsThreadInfo")
_OF_SELECTION: dict[bytes, Callable[[Selection, bytes], Answer]] = {
    **contents.PACKETS,
    **resuming.PACKETS,
    b"qXfer": documents.transfer,
}
"""The packets that are answered, by name."""
