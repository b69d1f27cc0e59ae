"""How a machine goes on and back, and what is said when it has stopped (gdb manual, "Packets", "vCont packet")."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from vm.abi.errors import Errno
from vm.debug.contents import change_register
from vm.debug.documents import REGISTERS
from vm.debug.parsing import EVERYBODY, SPACE, ThreadId, halves, malformed, number, numbers, thread_id
from vm.debug.selection import Selection, is_named
from vm.debug.stop_replies import Client, on_console, stop_reply
from vm.debug.target import Action, Move, Refused, Stop, Why

MOST_ACTIONS = 1000
"""Actions of one packet."""
_MOVES = {b"c": Move.CONTINUE, b"s": Move.STEP}


def actions(text: bytes) -> tuple[Action, ...]:
    """``c:p2.2;s:p2.-1`` and the like: the first that names a thread is its. Raises Refused for what there is not."""
    parts = text.split(b";")
    if len(parts) > MOST_ACTIONS:
        raise malformed("too many actions")
    return tuple(_action(part) for part in parts)


def _action(text: bytes) -> Action:
    what, colon, who = text.partition(b":")
    pid, tid = thread_id(who) if colon else EVERYBODY
    letter, rest = what[:1], what[1:]
    if letter == b"r":
        first, behind = numbers(rest, b",", 2)
        return Action(Move.STEP, pid, tid, 0, (first, behind) if first < behind else None)
    if letter in (b"C", b"S"):
        return Action(_MOVES[letter.lower()], pid, tid, _signal(rest))
    if letter not in _MOVES or rest:
        raise malformed("no action")
    return Action(_MOVES[letter], pid, tid, 0)


def _signal(text: bytes) -> int:
    """gdb's number of a signal, which has two digits."""
    signal = number(text)
    if signal > 0xFF:
        raise malformed("no signal")
    return signal


def _resume(selection: Selection, argument: bytes) -> Iterator[bytes]:
    wanted = actions(argument)
    who = [ThreadId(each.pid, each.tid) for each in wanted]
    threads = selection.threads()
    if threads and not any(is_named(thread, each) for thread in threads for each in who):
        raise Refused(Errno.ESRCH, "there is no such thread")
    return _stopped(selection, _loaded(selection, wanted) or selection.target.resume(wanted))


def _loaded(selection: Selection, wanted: Sequence[Action]) -> Stop | None:
    """Before a process goes on that has executed another image: it has libraries, and stays.

    The client then reads them and lets it go on without a signal: so it must not have sent one.
    """
    bare = selection.bare
    if not bare or any(each.signal for each in wanted):
        return None
    for thread in selection.threads():
        if thread.pid in bare and any(is_named(thread, ThreadId(each.pid, each.tid)) for each in wanted):
            bare.discard(thread.pid)
            return Stop(Why.LIBRARIES, thread.pid, thread.tid)
    return None


def _offer(_: Selection, __: bytes) -> Iterator[bytes]:
    """Without ``t``, which stops a thread while others run: everybody stops here at once."""
    yield b"vCont;c;C;s;S;r"


def _resume_plainly(selection: Selection, argument: bytes, letter: bytes) -> Iterator[bytes]:
    """``c``, ``s``, ``C05`` and ``S05;10074``: on with the thread, and with all that were selected besides.

    The signal acts on the thread, which goes on at the address if there is one.
    """
    signal, address = b"0", argument
    if letter in (b"C", b"S"):
        signal, address = halves(argument, b";") if b";" in argument else (argument, b"")
    thread = selection.moving()
    action = Action(_MOVES[letter.lower()], thread.pid, thread.tid, _signal(signal))
    if address:
        change_register(selection, thread.tid, len(REGISTERS) - 1, number(address) % SPACE)
    others = () if selection.resumed.tid else (Action(Move.CONTINUE, *selection.resumed, signal=0),)
    return _stopped(selection, selection.target.resume((action, *others)))


def _step_back(selection: Selection, _: bytes) -> Iterator[bytes]:
    alone = selection.resumed.pid is not None
    return _stopped(selection, selection.target.go_back(*selection.going_back(), step=True, alone=alone))


def _go_back(selection: Selection, _: bytes) -> Iterator[bytes]:
    return _stopped(selection, selection.target.go_back(*selection.resumed, step=False))


def _why(selection: Selection, _: bytes) -> Iterator[bytes]:
    """The last stop, if its thread is still there; or that some thread stands."""
    threads = selection.threads()
    if not threads:
        yield stop_reply(Stop(Why.NOBODY, 0, 0), Client(), None)
        return
    last = selection.last
    if last is None or not any(is_named(thread, ThreadId(last.pid, last.tid)) for thread in threads):
        last = Stop(Why.SIGNAL, threads[0].pid, threads[0].tid)
    yield _said(selection, last)


def _stopped(selection: Selection, stop: Stop) -> Iterator[bytes]:
    """Say what is to be told of a stop."""
    selection.stopped(stop)
    for note in stop.notes:
        yield from on_console(note)
    yield _said(selection, stop)


def _said(selection: Selection, stop: Stop) -> bytes:
    try:
        registers = selection.target.registers(stop.tid)
    except Refused:  # of a thread that is gone
        registers = None
    return stop_reply(stop, selection.client, registers)


PACKETS: dict[bytes, Callable[[Selection, bytes], Iterator[bytes]]] = {
    b"?": _why, b"vCont": _resume, b"vCont?": _offer, b"bs": _step_back, b"bc": _go_back,
    **{letter: partial(_resume_plainly, letter=letter) for letter in (b"c", b"C", b"s", b"S")},
}  # fmt: skip
"""What is answered here, by name."""
