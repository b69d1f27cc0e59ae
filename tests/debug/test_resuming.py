"""How packets let a machine go on, and what is told when it stops."""

from __future__ import annotations

import pytest

from tests.debug.talking import Talk
from vm.debug.packets import PACKET_SIZE
from vm.debug.target import Action, Move, Refused, Stop, Why

STOPS = [
    (Stop(Why.SIGNAL, 2, 2, signal=11), b"T0bthread:p2.2;"),
    (Stop(Why.BREAKPOINT, 2, 2), b"T05swbreak:;thread:p2.2;"),
    (Stop(Why.HARDWARE_BREAKPOINT, 2, 2), b"T05hwbreak:;thread:p2.2;"),
    (Stop(Why.WATCH, 2, 2, number=0x1_1000), b"T05watch:11000;thread:p2.2;"),
    (Stop(Why.READ_WATCH, 2, 2, number=0x1_1000), b"T05rwatch:11000;thread:p2.2;"),
    (Stop(Why.ACCESS_WATCH, 2, 2, number=0x1_1000), b"T05awatch:11000;thread:p2.2;"),
    (Stop(Why.CALL_ENTRY, 2, 2, number=64), b"T05syscall_entry:40;thread:p2.2;"),
    (Stop(Why.CALL_RETURN, 2, 2, number=64), b"T05syscall_return:40;thread:p2.2;"),
    (Stop(Why.FORK, 2, 2, number=31), b"T05fork:p1f.1f;thread:p2.2;"),
    (Stop(Why.VFORK, 2, 2, number=31), b"T05vfork:p1f.1f;thread:p2.2;"),
    (Stop(Why.VFORK_DONE, 2, 2), b"T05vforkdone:;thread:p2.2;"),
    (Stop(Why.EXEC, 2, 2, path=b"/bin/ls"), b"T05exec:2f62696e2f6c73;thread:p2.2;"),
    (Stop(Why.LIBRARIES, 2, 2), b"T05library:;thread:p2.2;"),
    (Stop(Why.BEGIN, 2, 2), b"T05replaylog:begin;thread:p2.2;"),
    (Stop(Why.END, 2, 2), b"T05replaylog:end;thread:p2.2;"),
    (Stop(Why.EXITED, 2, 2, number=0x107), b"W07;process:2"),
    (Stop(Why.KILLED, 2, 2, number=11), b"X0b;process:2"),
    (Stop(Why.NOBODY, 0, 0), b"N"),
]


@pytest.mark.parametrize(("stop", "reply"), STOPS, ids=lambda value: value.why.name if isinstance(value, Stop) else "")
def test_a_stop_is_told(stop: Stop, reply: bytes, talk: Talk) -> None:
    registers = b"20:00000100;02:c0ffff7f;01:00000000;08:00000000;" if reply[:1] == b"T" else b""
    talk.target.script.append(stop)
    assert talk.ask(b"vCont;c") == reply + registers
    if reply[:1] == b"T":
        assert talk.ask(b"?") == reply + registers


def test_every_stop_is_in_the_list() -> None:
    assert {stop.why for stop, _ in STOPS} == set(Why)


@pytest.mark.parametrize("why", [Why.FORK, Why.VFORK_DONE, Why.EXEC, Why.BREAKPOINT, Why.HARDWARE_BREAKPOINT])
def test_a_client_is_told_nothing_that_it_does_not_understand(why: Why) -> None:
    talk = Talk(b"qSupported")
    talk.target.script.append(Stop(why, 2, 2))
    assert talk.ask(b"vCont;c").startswith(b"T05thread:2;20:")


def test_notes_come_before_the_stop(talk: Talk) -> None:
    talk.target.script.append(Stop(Why.SIGNAL, 2, 2, notes=("a \x07bell", "x" * PACKET_SIZE)))
    *notes, stop = talk.ask(b"vCont;c")
    assert b"".join(bytes.fromhex(note[1:].decode()) for note in notes) == b"a \\x07bell\n" + b"x" * PACKET_SIZE + b"\n"
    assert all(note[:1] == b"O" and len(note) <= PACKET_SIZE for note in notes)
    assert stop.startswith(b"T05thread")


def test_what_is_asked_after_a_stop_is_asked_of_its_thread(talk: Talk) -> None:
    talk.add(3, 3)
    assert talk.ask(b"Hgp2.2") == b"OK"
    talk.target.script.append(Stop(Why.SIGNAL, 3, 3))
    talk.ask(b"vCont;c")
    assert talk.ask(b"qC") == b"QCp3.3"


@pytest.mark.parametrize(
    ("packet", "actions"),
    [
        (b"vCont;c", [Action(Move.CONTINUE, signal=0)]),
        (b"vCont;c:-1", [Action(Move.CONTINUE, signal=0)]),
        (b"vCont;c:p2.-1", [Action(Move.CONTINUE, 2, signal=0)]),
        (b"vCont;s:p2.2;c:p2.-1", [Action(Move.STEP, 2, 2, 0), Action(Move.CONTINUE, 2, signal=0)]),
        (b"vCont;C0f:p2.2;c", [Action(Move.CONTINUE, 2, 2, 15), Action(Move.CONTINUE, signal=0)]),
        (b"vCont;S05:2", [Action(Move.STEP, None, 2, 5)]),
        (b"vCont;r10000,10010:p2.2", [Action(Move.STEP, 2, 2, 0, (0x1_0000, 0x1_0010))]),
        (b"vCont;r10000,10000:p2.2", [Action(Move.STEP, 2, 2, 0)]),
        (b"c", [Action(Move.CONTINUE, 2, 2, 0), Action(Move.CONTINUE, signal=0)]),
        (b"C0b", [Action(Move.CONTINUE, 2, 2, 11), Action(Move.CONTINUE, signal=0)]),
        (b"s", [Action(Move.STEP, 2, 2, 0), Action(Move.CONTINUE, signal=0)]),
        (b"S05;10004", [Action(Move.STEP, 2, 2, 5), Action(Move.CONTINUE, signal=0)]),
    ],
)
def test_it_goes_on_as_the_client_says(packet: bytes, actions: list[Action], talk: Talk) -> None:
    talk.target.script.append(Stop(Why.SIGNAL, 2, 2))
    assert talk.ask(packet)[:15] == b"T05thread:p2.2;"
    assert talk.target.done == [("resume", *actions)]


def test_it_goes_on_from_an_address(talk: Talk) -> None:
    talk.target.script.append(Stop(Why.SIGNAL, 2, 2))
    assert b"20:78563412;" in talk.ask(b"c12345678")


def test_who_goes_on_without_vcont_was_selected(talk: Talk) -> None:
    talk.add(3, 3, 4)
    talk.target.script += [Stop(Why.SIGNAL, 3, 3)] * 3
    assert talk.ask(b"Hcp3.4") == b"OK"
    talk.ask(b"s")
    assert talk.ask(b"Hcp3.0") == b"OK"
    assert talk.ask(b"Hgp3.4") == b"OK"
    talk.ask(b"s")
    assert talk.ask(b"Hgp2.2") == b"OK"
    talk.ask(b"c")
    assert talk.target.done == [
        ("resume", Action(Move.STEP, 3, 4, 0)),
        ("resume", Action(Move.STEP, 3, 4, 0), Action(Move.CONTINUE, 3, signal=0)),
        ("resume", Action(Move.CONTINUE, 3, 3, 0), Action(Move.CONTINUE, 3, signal=0)),
    ]


def test_it_goes_back(talk: Talk) -> None:
    assert talk.ask(b"bs").startswith(b"T05thread:p2.2;20:fcff0000;")
    assert talk.ask(b"Hcp2.0") == b"OK"
    assert talk.ask(b"bc").startswith(b"T05replaylog:begin;thread:p2.2;")
    assert talk.ask(b"Hc0") == b"OK"
    talk.ask(b"bc")
    assert talk.target.done == [("back", 2, 2, True), ("back", 2, None, False), ("back", None, None, False)]


def test_a_refusal_to_go_on_says_why(talk: Talk) -> None:
    def refuse(_: object) -> Stop:
        raise Refused(22, "it costs 5$ *here*")

    talk.target.script += [refuse, refuse]
    assert talk.ask(b"vCont;c") == b"E.it costs 5? ?here?"
    assert talk.ask(b"bc") == b"E.it costs 5? ?here?"
    assert talk.ask(b"m0,4") == b"E0e"


def test_who_executes_another_image_is_said_to_have_libraries_before_it_goes_on(talk: Talk) -> None:
    """gdb forgets them at an exec, and reads them again when it is told so."""
    talk.add(3, 3)
    talk.target.script += [Stop(Why.EXEC, 3, 3, path=b"/bin/ls"), *[Stop(Why.SIGNAL, 2, 2)] * 4]
    assert talk.ask(b"qXfer:libraries:read::0,1000")[:1] == b"l"
    assert talk.ask(b"vCont;c").startswith(b"T05exec")
    assert talk.ask(b"vCont;c:p2.-1").startswith(b"T05thread:p2.2;")
    assert talk.ask(b"vCont;C05:p3.3;c").startswith(b"T05thread:p2.2;")
    assert talk.ask(b"vCont;s:p3.3;c:p3.-1").startswith(b"T05library:;thread:p3.3;")
    assert talk.ask(b"qC") == b"QCp3.3"
    assert talk.ask(b"vCont;s:p3.3;c:p3.-1").startswith(b"T05thread:p2.2;")
    talk.target.script.append(Stop(Why.EXEC, 3, 3, path=b"/bin/ls"))
    talk.ask(b"vCont;c")
    talk.ask(b"vCont;c")
    assert talk.ask(b"Hgp3.3") == b"OK"
    talk.ask(b"qXfer:libraries:read::0,1000")
    talk.target.script.append(Stop(Why.SIGNAL, 2, 2))
    assert talk.ask(b"vCont;c").startswith(b"T05thread:p2.2;")


def test_who_does_not_read_libraries_is_not_told_of_them(talk: Talk) -> None:
    talk.target.script += [Stop(Why.EXEC, 2, 2, path=b"/bin/ls"), Stop(Why.SIGNAL, 2, 2)]
    assert talk.ask(b"vCont;c").startswith(b"T05exec")
    assert talk.ask(b"vCont;c").startswith(b"T05thread:p2.2;")


@pytest.mark.parametrize("packet", [b"vCont;s:p2.3", b"vCont;c:p3.-1", b"vCont;c:9;s:p2.9"])
def test_nobody_goes_on_where_nobody_is_meant(packet: bytes, talk: Talk) -> None:
    assert talk.ask(packet) == b"E.there is no such thread"
    assert talk.target.done == []
