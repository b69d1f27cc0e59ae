"""What a reference solution may write: exactly what its runs write, whoever counts them."""

from __future__ import annotations

import pickle
import random
from itertools import product
from pathlib import Path

import pytest

from tests.grade.every.trials import a_test, images_of, judge, text_of
from tests.oracle.every_schedule import TooLarge, every_outcome
from tests.oracle.small_programs import small_program
from tests.outcomes.random_orders import random_order, runs_of
from tests.outcomes.random_orders import text_of as text_of_run
from tests.sampling import one_in
from vm.grade.allowed import Allowed
from vm.grade.every.judging_every import judge_every
from vm.grade.every.reference import allowed_of
from vm.grade.every.written import pattern_of
from vm.grade.lab import How, Turn
from vm.outcomes.patterns import Pattern

PROGRAMS = Path("programs/outcomes")
STREAMS = ["output", "errors"]


@pytest.mark.parametrize("seed", range(60))
def test_a_pattern_has_the_texts_of_every_linear_extension(seed: int) -> None:
    source = random.Random(seed)
    order = random_order(source, source.randrange(1, 8), [b"a", b"b", b"ab", b"ba"], STREAMS)
    runs = runs_of(order)
    allowed = Allowed({stream: (pattern_of(order, stream),) for stream in STREAMS})
    for stream in STREAMS:
        texts = {text_of_run(run, stream) for run in runs}
        assert allowed.examples(100_000, stream) == sorted(texts)
        assert allowed.count(stream) == len(texts)
        others = {
            text[:at] + bytes(more) + text[at + 1 :] for text in texts for at, more in product((0, 1), ((), b"b"))
        }
        assert all(allowed.permits(each, stream) == (each in texts) for each in others | texts)


@pytest.mark.parametrize("seed", one_in(20, range(200)))
def test_what_random_programs_may_write_is_what_brute_force_finds(seed: int) -> None:
    program = small_program(seed)
    try:
        outcomes = every_outcome(program, 5_000, 20_000)
    except TooLarge:
        return
    allowed = allowed_of(a_test(runs=200), images_of(program))
    texts = {output for output, end in outcomes if not end.stuck}
    if allowed.is_complete:
        assert allowed.examples(100_000) == sorted(texts)
    else:
        assert not texts or "200 runs" in allowed.reason
        assert set(allowed.examples(100_000)) <= texts


def test_a_hundred_million_texts_are_a_few_lines_that_travel() -> None:
    images = images_of(PROGRAMS / "forks_four_times.s")
    allowed = allowed_of(a_test(), images)
    sent = pickle.dumps(allowed)
    assert len(sent) < 2_000
    came = pickle.loads(sent)
    assert (came, came.digest) == (allowed, allowed.digest)
    assert came.count() == 127_952_289
    assert came.permits(b"aabbbbccccccccdddddddddddddddd")
    assert came.permits(b"aabbbbccccccccdddddddddddddddd"[::-1]) is False
    assert came.permits(b"abcdabcddbcddacddbcddbcddcddcddd"[:30]) is False
    assert came.examples(1, "errors") == [b""]
    tried = judge_every(a_test(text_of(How.REFERENCE)), images, judge, allowed)
    assert tried.is_passed
    assert tried.schedules == "every schedule: 127,952,289 outcomes"


def test_what_many_processes_write_in_any_order_is_judged_without_an_automaton(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty children write a letter each: there are more beginnings of texts than anybody has room for."""
    source = """
        .text
        .globl  _start
_start: li      s1, 30
1:      li      a7, 1079
        ecall
        beqz    a0, child
        addi    s1, s1, -1
        bnez    s1, 1b
        j       out
child:  la      a1, letter
        addi    s1, s1, 64
        sb      s1, 0(a1)
        li      a0, 1
        li      a2, 1
        li      a7, 64
        ecall
out:    li      a0, 0
        li      a7, 93
        ecall
        .data
letter: .byte   0
"""
    monkeypatch.setattr("vm.grade.every.explored.NODES", 500)
    images = images_of(source)
    test = a_test(text_of(How.REFERENCE), memory=16 << 20)
    allowed = allowed_of(test, images)
    letters = bytes(range(65, 95))
    assert allowed.permits(letters[::-1])
    assert allowed.permits(letters)
    assert not allowed.permits(letters[1:] + b"z")
    tried = judge_every(test, images, judge, allowed)
    assert tried.is_passed
    assert "judged" not in tried.schedules
    two = judge_every(test, images_of(source.replace("s1, 30", "s1, 29")), judge, allowed)
    assert [failure.kind for failure in two.failures] == ["output"]


def test_equal_texts_have_equal_digests_and_others_have_others() -> None:
    found = [allowed_of(a_test(), images_of(PROGRAMS / f"{name}.s")) for name in ("two_writers", "fork_two_each")]
    again = allowed_of(a_test(), images_of(PROGRAMS / "two_writers.s"))
    assert found[0].digest == again.digest != found[1].digest
    assert hash(found[0]) == hash(again)
    assert repr(found[1]) == "<Allowed, patterns by stream: {'output': 1, 'errors': 1}>"


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        (allowed_of(a_test(runs=1), images_of(PROGRAMS / "two_writers.s")), "not every run of the reference"),
        (allowed_of(a_test(), images_of(PROGRAMS / "forgotten_close.s")), "no run of the reference"),
        (
            allowed_of(
                a_test(dialogue=(Turn(ends=True, place=a_test().place),)), images_of(PROGRAMS / "two_writers.s")
            ),
            "a dialogue",
        ),
        (None, "no reference solution"),
    ],
)
def test_nothing_is_judged_by_what_is_not_known(allowed: Allowed | None, reason: str) -> None:
    assert allowed is None or not allowed.is_complete
    tried = judge_every(a_test(text_of(How.REFERENCE)), images_of(PROGRAMS / "two_writers.s"), judge, allowed)
    assert reason in tried.error
    assert not tried.failures
    assert not tried.is_passed


def test_of_an_unknown_stream_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="nothing is known"):
        Allowed({"terminal": (Pattern((b"a",), ((),)),)}).permits(b"a")
