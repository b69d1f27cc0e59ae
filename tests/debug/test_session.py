"""What is answered to each packet, as the manual words it."""

from __future__ import annotations

import pytest

from tests.debug import plainly
from tests.debug.talking import GDB, Talk
from vm.debug.packets import PACKET_SIZE, Sign
from vm.debug.target import Stop, ThreadLine, Why


def test_gdb_is_offered_what_there_is(talk: Talk) -> None:
    offered = talk.ask(GDB).split(b";")
    assert offered[0] == b"PacketSize=%x" % PACKET_SIZE
    assert {b"multiprocess+", b"fork-events+", b"ReverseContinue+", b"qXfer:exec-file:read+"} <= set(offered)
    assert talk.target.done == [("wants", frozenset({Why.FORK, Why.VFORK, Why.VFORK_DONE, Why.EXEC, Why.NOBODY}))]


@pytest.mark.parametrize(
    ("says", "wanted"),
    [
        (b"qSupported", []),
        (b"qSupported:multiprocess+;fork-events+", [Why.FORK]),
        (b"qSupported:fork-events+;vfork-events+;exec-events+", [Why.EXEC]),
        (b"qSupported:multiprocess+;fork-events-;vfork-events?;no-resumed+", [Why.NOBODY]),
    ],
)
def test_a_machine_is_told_what_the_client_understands(says: bytes, wanted: list[Why]) -> None:
    talk = Talk(b"")
    talk.ask(says)
    assert talk.target.done == [("wants", frozenset(wanted))]


@pytest.mark.parametrize(
    "packet",
    [
        b"", b"!", b"vMustReplyEmpty", b"vAttach;2", b"vRun;2f62696e", b"qTStatus", b"QNonStop:1", b"QThreadEvents:1",
        b"qXfer:memory-map:read::0,1000", b"qXfer:siginfo:write::0:00", b"QDisableRandomization:1", b"R00", b"b",
        b"QStartupWithShell:0", b"QEnvironmentReset", b"qOffsets", b"vStopped", b"\xff\xfe", b"i", b"qSearch:memory:0",
    ],
)  # fmt: skip
def test_what_there_is_not_is_answered_by_nothing(packet: bytes, talk: Talk) -> None:
    assert talk.ask(packet) == b""
    assert talk.target.done == []


@pytest.mark.parametrize(
    "packet",
    [
        b"m", b"m0", b"m,", b"m0,", b"m0x10,4", b"m-1,4", b"m 0,4", b"m1_0,4", b"m0,4,4", b"m11111111111111111,4",
        b"M11000,4:00", b"M11000,1:0", b"M11000,1", b"X11000,2:}", b"X11000,1:ab", b"G00", b"P1", b"P1=00",
        b"P99=00000000", b"p", b"p21", b"pff", b"Z0", b"Z5,0,4", b"Z0,0", b"Z2,0,0", b"Z2,ffffffff,2",
        b"Z0,100000000,4", b"H", b"Hx0", b"Hgq", b"T", b"Tp2.", b"qThreadExtraInfo", b"vCont", b"vCont;", b"vCont;x",
        b"vCont;c:", b"vCont;r1", b"vCont;cc", b"vCont;t", b"vCont;C", b"vCont;C100", b"C100",
        b"vCont" + b";c" * 1001, b"QCatchSyscalls",
        b"QCatchSyscalls:2", b"QCatchSyscalls:1;zz", b"QPassSignals:-1", b"Dx", b"vKill", b"vKill;", b"qRcmd,6",
        b"qRcmd,zz", b"Cz", b"C", b"s-4", b"qXfer:features:read:target.xml", b"qXfer:features:read:target.xml:0",
        b"qXfer:threads:read::-1,5", b"qAttached:q",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error(packet: bytes, talk: Talk) -> None:
    assert talk.ask(packet)[:1] == b"E"
    assert talk.target.done == []


def test_threads_are_listed(talk: Talk) -> None:
    talk.add(0x1F, 0x1F, 0x20)
    talk.target.names[2] = 'a<&">\x1b]'
    assert talk.ask(b"qfThreadInfo") == b"mp2.2,p1f.1f,p1f.20"
    assert talk.ask(b"qsThreadInfo") == b"l"
    assert talk.ask(b"qThreadExtraInfo,p1f.20") == b"prog: runs".hex().encode()
    listed = talk.ask(b"qXfer:threads:read::0,10000")
    assert b'<thread id="p1f.20" name="prog">runs</thread>' in listed
    assert b'<thread id="p2.2" name="a&lt;&amp;&quot;&gt;\\x1b]">' in listed
    pieces = [talk.ask(b"qXfer:threads:read::%x,9" % offset) for offset in range(0, len(listed) - 1, 9)]
    assert b"".join(piece[1:] for piece in pieces) == listed[1:]
    assert {piece[:1] for piece in pieces[:-1]} == {b"m"}
    assert pieces[-1][:1] == listed[:1] == talk.ask(b"qXfer:threads:read::fffff,9") == b"l"


def test_many_threads_take_several_packets(talk: Talk) -> None:
    lines = [ThreadLine(2, tid, "x", "y") for tid in range(1, 30_001)]
    talk.target.threads = lambda: lines  # type: ignore[method-assign]
    names, packet = [], b"qfThreadInfo"
    while (answer := talk.ask(packet)) != b"l":
        assert len(answer) <= PACKET_SIZE
        names += answer[1:].split(b",")
        packet = b"qsThreadInfo"
    assert names == [b"p2.%x" % tid for tid in range(1, 30_001)]


def test_a_client_without_processes_names_threads_alone() -> None:
    talk = Talk(b"qSupported:swbreak+")
    talk.add(3, 3, 4)
    assert talk.ask(b"qfThreadInfo") == b"m2,3,4"
    assert talk.ask(b"Hg4") == b"OK"
    assert talk.ask(b"qC") == b"QC4"
    assert b'id="4"' in talk.ask(b"qXfer:threads:read::0,1000")
    talk.target.script += [Stop(Why.SIGNAL, 3, 4), Stop(Why.EXITED, 3, 3, number=1), Stop(Why.NOBODY, 0, 0)]
    assert talk.ask(b"vCont;c")[:12] == b"T05thread:4;"
    assert talk.ask(b"vCont;c") == b"W01"
    assert talk.ask(b"vCont;c") == b"W00"


def test_points_are_set_and_taken_back(talk: Talk) -> None:
    for kind in range(5):
        assert talk.ask(b"Z%x,11000,4" % kind) == talk.ask(b"Z%x,11000,4" % kind) == b"OK"
    assert talk.target.points == {(2, kind, 0x1_1000, 4) for kind in range(5)}
    assert talk.ask(b"z2,11000,4") == talk.ask(b"z2,11000,4") == b"OK"
    assert talk.target.points == {(2, kind, 0x1_1000, 4) for kind in (0, 1, 3, 4)}


def test_signals_and_calls_are_chosen(talk: Talk) -> None:
    packets = (b"QPassSignals:e;10;14", b"QPassSignals:", b"QProgramSignals:0;1;", b"QCatchSyscalls:1",
               b"QCatchSyscalls:1;40;5d", b"QCatchSyscalls:0")  # fmt: skip
    assert [talk.ask(packet) for packet in packets] == [b"OK"] * 6
    assert talk.target.done == [
        ("pass", [14, 16, 20]), ("pass", []), ("catch", None, True), ("catch", frozenset({64, 93}), True),
        ("catch", None, False),
    ]  # fmt: skip


def test_a_command_is_answered_on_the_console(talk: Talk) -> None:
    *lines, done = talk.ask(b"qRcmd," + b"where to".hex().encode())
    assert [bytes.fromhex(line[1:].decode()) for line in lines] == [b"you said where to\n", b"and \\x1b[31mred\n"]
    assert done == b"OK"
    assert talk.ask(b"qRcmd," + b"refuse".hex().encode()) == [b"O" + b"that cannot be\n".hex().encode(), b"OK"]
    assert talk.ask(b"qRcmd," + b"fail".hex().encode())[1] == b"OK"
    assert len(talk.ask(b"qRcmd,ff")) == 3


def test_one_process_is_let_go_or_killed(talk: Talk) -> None:
    talk.add(3, 3)
    talk.add(4, 4)
    assert talk.ask(b"D;3") == talk.ask(b"vKill;4") == b"OK"
    assert talk.ask(b"D;3") == talk.ask(b"vKill;4") == b"E03"
    assert talk.target.done == [("detach", 3), ("kill", 4)]
    assert not talk.session.is_over
    assert talk.ask(b"D;2") == b"OK"
    assert not talk.session.is_over
    assert talk.ask(b"?") == b"W00"
    assert talk.ask(b"g") == talk.ask(b"m0,4") == talk.ask(b"bs") == talk.ask(b"c") == b"E03"


def test_a_client_that_lets_all_go_is_let_go(talk: Talk) -> None:
    talk.add(3, 3)
    assert talk.ask(b"D") == b"OK"
    assert talk.session.is_over
    assert talk.target.done == [("detach", 2), ("detach", 3)]


def test_a_client_that_kills_all_is_let_go_without_an_answer(talk: Talk) -> None:
    talk.add(3, 3)
    assert talk.ask(b"k") == []
    assert talk.session.is_over
    assert talk.target.done == [("kill", 2), ("kill", 3)]


def test_packets_are_acknowledged_until_that_is_not_wanted(talk: Talk) -> None:
    def said(arrived: bytes | Sign) -> bytes:
        return b"".join(talk.session.answer(arrived))

    assert said(Sign.AGAIN) == b""
    assert said(b"qC") == b"+" + plainly.packet(b"QCp2.2")
    assert said(Sign.AGAIN) == plainly.packet(b"QCp2.2")
    assert said(Sign.BROKEN) == b"-"
    assert said(b"QStartNoAckMode") == b"+$OK#9a"
    assert said(b"qC") == plainly.packet(b"QCp2.2")
    assert said(Sign.AGAIN) == said(Sign.INTERRUPT) == b""
    assert said(Sign.BROKEN) == b"$E16#ac"
    assert said(b"k") == b""


def test_the_symbols_of_a_program_are_not_needed(talk: Talk) -> None:
    assert talk.ask(b"qSymbol::") == b"OK"
    assert talk.ask(b"qAttached:2") == talk.ask(b"qAttached") == b"0"
    assert talk.ask(b"qAttached:9") == b"E03"
