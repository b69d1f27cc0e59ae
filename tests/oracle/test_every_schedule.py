"""The model of every schedule: textbooks know some of its answers, and the machine never leaves them."""

from __future__ import annotations

import pytest

from tests.oracle.every_schedule import TooLarge, every_outcome
from tests.oracle.in_assembly import statements_of
from tests.oracle.machine_runs import ONLY_AT_CALLS, run_at_random
from tests.oracle.small_language import (
    CHLD,
    KILL,
    PIPE,
    TERM,
    USR1,
    Add,
    Append,
    AskParent,
    Body,
    Close,
    Dup,
    Exit,
    Fork,
    Get,
    Handle,
    IfFlag,
    Kill,
    Load,
    Lock,
    Look,
    MakePipe,
    Mask,
    NeverWait,
    Pause,
    Put,
    Say,
    Self,
    SetFlag,
    ShowFile,
    Sleep,
    SleepOn,
    Store,
    Suspend,
    Unlock,
    Wait,
    Wake,
)
from tests.oracle.small_programs import small_program
from tests.oracle.small_world import FIRST, End
from tests.sampling import one_in

RUNS = 12
"""Of each random program."""


def child(*body: object, name: str = "c", how: str = "fork") -> Fork:
    return Fork(name, body, how)  # type: ignore[arg-type]


def writes_after_forks(count: int, number: int = 1) -> Body:
    """So many times: fork, and both write the number of the fork."""
    if number > count:
        return ()
    rest = (Say(b"%d" % number), *writes_after_forks(count, number + 1))
    return (Fork(f"c{number}", rest), *rest)


STUCK_IN_READ = End(None, frozenset({(FIRST, "read")}))
STUCK_IN_PAUSE = End(None, frozenset({(FIRST, "pause")}))
KNOWN = [
    ("waits", (child(Say(b"c"), Exit(3)), Say(b"p"), Wait(tells=True)), "pc3 cp3"),
    ("no child", (Wait(tells=True), Say(b"x")), "jx"),
    ("two to wait for", (child(Exit(1)), child(Exit(2), name="d"), Wait(tells=True), Wait(tells=True)), "12 21"),
    ("a certain one", (child(Exit(1)), child(Exit(2), name="d"), Wait("d", tells=True), Wait(tells=True)), "21"),
    ("which one", (child(), child(name="d"), Wait(expected="d", then=(Say(b"d"),), other=(Say(b"c"),))), "c d"),
    ("does not wait", (child(Say(b"c")), Wait(polls=True, then=(Say(b"y"),), other=(Say(b"n"),))), "cy cn nc"),
    ("orphan", (Self(), child(AskParent())), "y n"),
    ("vfork", (child(Say(b"c"), how="vfork"), Say(b"p")), "cp"),
    ("killed", (child(Say(b"c")), Kill("c", KILL), Wait(tells=True)), "I cI c0"),
    ("kills itself", (Self(), Kill("self", TERM), Say(b"x")), [("", End(-TERM, frozenset()))]),
    ("short read", (MakePipe("P"), child(Put("Pw", b"A"), Put("Pw", b"B")), Get("Pr", 2), Say(b".")), "A. AB."),
    ("end of file",
     (MakePipe("P"), child(Put("Pw", b"A")), Close("Pw"), Wait(), *[Get("Pr", 9, ended=(Say(b"e"),))] * 2),
     "Ae"),
    ("own writer", (MakePipe("P"), child(Put("Pw", b"A")), Get("Pr", 1), Get("Pr", 1)), [("A", STUCK_IN_READ)]),
    ("broken pipe", (MakePipe("P"), Close("Pr"), Put("Pw", b"A"), Say(b"x")), [("", End(-PIPE, frozenset()))]),
    ("EPIPE", (Handle(PIPE, None), MakePipe("P"), Close("Pr"), Put("Pw", b"A", (Say(b"x"),))), "x"),
    ("EAGAIN", (MakePipe("P"), child(Put("Pw", b"A")), NeverWait("Pr"), Get("Pr", 1, failed=(Say(b"n"),))), "A n"),
    ("O_NONBLOCK too late",
     (MakePipe("P"), child(NeverWait("Pr")), Get("Pr", 1, failed=(Say(b"n"),))),
     [("n", End(0, frozenset())), ("", STUCK_IN_READ)]),
    ("copy of an end",
     (MakePipe("P"), Dup("Pw", "W"), Close("Pw"), child(Close("W"), Get("Pr", 1, ended=(Say(b"e"),))),
      Put("W", b"A"), Close("W")),
     "A"),
    ("lost wake-up",
     (Self(), Handle(USR1, (Say(b"h"),)), child(Kill("parent", USR1)), Pause(), Say(b"x")),
     [("hx", End(0, frozenset())), ("h", STUCK_IN_PAUSE)]),
    ("blocked",
     (Self(), Handle(USR1, (Say(b"h"),)), Mask(USR1, True), Kill("self", USR1), Say(b"x"), Mask(USR1, False),
      Say(b"y")),
     "xhy"),
    ("flag",
     (Self(), Handle(USR1, (SetFlag(),)), child(Kill("parent", USR1)), Say(b"x"),
      IfFlag((Say(b"y"),), (Say(b"n"),))),
     "xy xn"),
    ("SIGCHLD", (Handle(CHLD, (Say(b"h"),)), child(), Wait(), Say(b"x")), "hx"),
    ("EINTR",
     (Self(), Handle(USR1, (Say(b"h"),), restarts=False), child(Kill("parent", USR1)), Wait(tells=True),
      Say(b"x")),
     "hdx h0x"),
    ("no lost wake-up",
     (Self(), Handle(USR1, (Say(b"h"),)), Mask(USR1, True), child(Kill("parent", USR1)), Suspend(), Say(b"x")),
     "hx"),
    ("one memory",
     (child(Add(0, 1, at_once=False), how="clone"), Add(0, 1, at_once=False), Wait(), Load(0)),
     "1 2"),
    ("full pipe",
     (MakePipe("P", narrow=True), child(Put("Pw", b"A"), Say(b"x"), Put("Pw", b"B"), Say(b"y")), Wait(), Get("Pr", 1)),
     [("x", End(None, frozenset({(FIRST, "wait"), ((1, 1), "write")})))]),
    ("room", (MakePipe("P", narrow=True), child(Get("Pr", 1)), Put("Pw", b"A"), Put("Pw", b"B"), Say(b"x")), "Ax xA"),
    ("poll", (MakePipe("P"), child(Put("Pw", b"A")), Look("Pr", (Say(b"y"),), (Say(b"n"),))), "y n"),
    ("lost update", (child(Add(0, 1, at_once=False)), Add(0, 1, at_once=False), Wait(), Load(0)), "1 2"),
    ("no lost update", (child(Add(0, 1)), Add(0, 1), Wait(), Load(0)), "2"),
    ("two words", (child(Store(0, 1), Load(1)), Store(1, 1), Load(0), Wait()), "01 10 11"),
    ("futex",
     (child(SleepOn(0, 0, (Say(b"n"),)), Say(b"c")), Store(0, 1), Wake(0), Say(b"p")),
     "pc cp ncp npc pnc"),
    ("futex without a word",
     (child(SleepOn(0, 0), Say(b"c")), Wake(0)),
     [("c", End(0, frozenset())), ("", End(0, frozenset({((1, 1), "futex")})))]),
    ("lock",
     (child(Lock(), Say(b"a"), Say(b"b"), Unlock()), Lock(), Say(b"c"), Say(b"d"), Unlock()),
     "abcd cdab"),
    ("lock of the dead", (child(Lock(), Say(b"c"), Wait(), Kill("c", KILL)), Lock(), Say(b"p")), "cp pc"),
    ("sleep", (child(Sleep(20), Say(b"c")), Sleep(10), Say(b"p"), Wait(), Say(b"q")), "pcq"),
    ("interrupted sleep",
     (Self(), Handle(USR1, (Say(b"h"),)), child(Sleep(5), Kill("parent", USR1)), Sleep(10), Say(b"p")),
     "hp"),
    ("one offset", (child(Append(b"a")), Append(b"b"), Wait(), ShowFile()), "ab ba"),
    ("one fork", writes_after_forks(1), "11"),
    ("two forks", writes_after_forks(2), "112222 121222 122122"),
]  # fmt: skip


@pytest.mark.parametrize(("program", "expected"), [known[1:] for known in KNOWN], ids=[known[0] for known in KNOWN])
def test_outcomes_that_are_known(program: Body, expected: str | list[tuple[str, End]]) -> None:
    """By reason, and the machine's random runs are among them."""
    if isinstance(expected, str):
        expected = [(text, End(0, frozenset())) for text in expected.split()]
    outcomes = every_outcome(program)
    assert outcomes == {(text.encode(), end) for text, end in expected}
    assert {run_at_random(program, seed) for seed in range(3)} <= outcomes


@pytest.mark.full
def test_three_forks_have_279_outputs() -> None:
    assert len(every_outcome(writes_after_forks(3))) == 279


@pytest.mark.parametrize("seed", one_in(80, range(400)))
def test_random_runs_stay_within(seed: int) -> None:
    """What the machine does with choices at random is something that the model foresees."""
    program = small_program(seed)
    try:
        outcomes = every_outcome(program, states=20_000, most=300_000)
    except TooLarge:
        return
    shares = any(isinstance(statement, Load | Store | Add | SleepOn) for statement in statements_of(program))
    for run in range(RUNS):
        quantum = (1, 2, 3, ONLY_AT_CALLS)[run % 4] if shares else ONLY_AT_CALLS
        assert run_at_random(program, run, quantum) in outcomes, program
