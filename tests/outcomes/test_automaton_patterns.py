"""Patterns of outputs: what they mean, what is wrong with one, and the first outcome that follows one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from random import Random

import pytest

from tests.outcomes.building import Fork, Wait, Write, forks_and_writes, in_processes, order_of
from tests.outcomes.test_automaton import random_orders
from vm.outcomes.automaton import Outputs, TooLarge
from vm.outcomes.escapes import escaped
from vm.outcomes.orders import End, Outcome
from vm.outcomes.patterns import Pattern, WrongPattern

EXITED = End(exit_code=0)


def texts(pattern: str) -> set[bytes]:
    """What a pattern stands for: every permutation of its pieces in which each comes after those that it names."""
    read = Pattern.of(pattern)
    numbers = range(len(read.pieces))
    return {
        b"".join(read.pieces[number] for number in order)
        for order in permutations(numbers)
        if all(order.index(before) < order.index(number) for number in numbers for before in read.after[number])
    }


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("", [""]),
        ("abc", ["abc"]),
        ("{ab|c}d", ["abcd", "cabd"]),
        ("{a~b|c}d", ["abcd", "acbd", "cabd"]),
        ("a~b", ["ab"]),
        ("{a|b|c}", ["abc", "acb", "bac", "bca", "cab", "cba"]),
        ("s{a{b|c}|e}", ["sabce", "sabec", "saebc", "seabc", "sacbe", "saceb", "saecb", "seacb"]),
        ("{{a|b}c|d}", ["abcd", "abdc", "adbc", "dabc", "bacd", "badc", "bdac", "dbac"]),
        ("{a|}{|b}{}c{|}", ["abc"]),
        ("{{a|b}|c}", ["abc", "acb", "bac", "bca", "cab", "cba"]),
        ("{a|b}{c|d}", ["abcd", "abdc", "bacd", "badc"]),
        (r"\{\|\}\~\\\\\{\n\e\x00\x7Fa\u00fc\101", ["{|}~\\\\{\n\x1b\0\x7faüA"]),
        ("{a\n|b\n}", ["a\nb\n", "b\na\n"]),
        ("ü", ["ü"]),
    ],
)  # fmt: skip
def test_a_pattern_stands_for_its_texts(pattern: str, meant: list[str]) -> None:
    assert texts(pattern) == {each.encode() for each in meant}


def test_bytes_of_an_argument_that_are_no_letters_stay_what_they_are() -> None:
    assert Pattern.of("a\udcff\\xff").pieces == (b"a\xff\xff",)


@pytest.mark.parametrize("seed", range(20))
def test_an_output_as_it_is_listed_is_a_pattern_once_marks_are_escaped(seed: int) -> None:
    random = Random(seed)
    data = bytes(random.choice(b"{|}~\\xn0a7 \n\x1b\xff") for _ in range(random.randint(1, 12)))
    assert Pattern.of(re.sub("[{|}~]", r"\\\g<0>", escaped(data))).pieces == (data,)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("ab{c|d", r"character 3 of the pattern: the brace is not closed; \{ is the character itself"),
        ("{a}}", r"character 4 of the pattern: no brace is open that this could close; \} is the character itself"),
        (
            "a\n{a|b}\nc|d",
            r"line 3, character 2 of the pattern: a bar stands outside braces; \| is the character itself",
        ),
        (r"ab\n{\q", r"character 6 of the pattern: '\q' is no escape; there are"),
        ("a\\", r"character 2 of the pattern: '\' is no escape; there are"),
        (r"\x{|", r"character 1 of the pattern: '\x' is no escape; there are"),
        ("a~" * 5001, "the pattern has more than 5,000 pieces: leave out some of its marks"),
        ("ab\ud800", r"character 3 of the pattern: no bytes stand for this letter"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said_with_its_place(pattern: str, message: str) -> None:
    with pytest.raises(WrongPattern) as caught:
        Pattern.of(pattern)
    assert str(caught.value).startswith(message)


def test_the_first_outcome_that_follows_a_pattern_is_found() -> None:
    outputs = Outputs([order_of([Fork(["ab", "c"]), "d", Wait(), "e"])])
    assert [outcome.terminal for outcome in outputs] == [b"abcde", b"abdce", b"dabce"]
    for pattern, expected in {
        "{d|abc}e": b"abcde", "{d|a~b~c}~e": b"abcde", "d{a|b}ce": b"dabce", "ab{dc|x}e": None, "{abc|d}": None,
        "abdce": b"abdce", "abdc": None, "{d|ab}ce": b"abdce", "{b|a}{d|c|e}": b"abcde",
    }.items():  # fmt: skip
        found = outputs.find(Pattern.of(pattern))
        assert found == (expected and Outcome(expected, b"", b"", EXITED)), pattern


def test_patterns_of_two_streams() -> None:
    script = [Fork([Write("output", "a"), Write("errors", "x")]), Write("errors", "y"), Write("output", "b")]
    outputs = Outputs([order_of(script)])
    found = outputs.find(output=Pattern.of("ba"), errors=Pattern.of("{x|y}"))
    assert found == Outcome(b"", b"ba", b"yx", EXITED)
    assert outputs.find(output=Pattern.of("ba"), errors=Pattern.of("xy")) is None
    assert outputs.find(errors=Pattern.of("xy")) == Outcome(b"", b"ab", b"xy", EXITED)
    assert outputs.find(terminal=Pattern.of("")) == next(iter(outputs))
    assert outputs.find(terminal=Pattern.of("ab")) is None


def random_pattern(random: Random, depth: int = 0) -> Iterator[str]:
    for _ in range(random.randint(0, 3)):
        if random.random() < 0.3 and depth < 2:
            yield "{" + "|".join("".join(random_pattern(random, depth + 1)) for _ in range(random.randint(1, 3))) + "}"
        else:
            yield random.choice(("a", "b", "ab", "ba", "~", "aa"))


@pytest.mark.parametrize("seed", range(150))
def test_what_is_found_is_the_first_of_all_that_follow(seed: int) -> None:
    random = Random(seed)
    outputs = Outputs(random_orders(seed))
    patterns = ["".join(random_pattern(random)) for _ in range(5)]
    for pattern in patterns:
        if len(Pattern.of(pattern).pieces) <= 6:
            for stream in ("terminal", "output", "errors"):
                follow = [outcome for outcome in outputs if getattr(outcome, stream) in texts(pattern)]
                assert outputs.find(**{stream: Pattern.of(pattern)}) == (follow[0] if follow else None)


def test_a_pattern_among_very_many_outcomes() -> None:
    outputs = Outputs([order_of(forks_and_writes("1234"))])
    drawn = outputs.sample(Random(1)).terminal.decode()
    found = outputs.find(Pattern.of(f"{drawn[:10]}{{{'|'.join(drawn[10:20])}}}{drawn[20:]}"))
    assert found is not None
    assert found.terminal <= drawn.encode()
    assert found in outputs
    letters = Outputs([order_of(in_processes("abcdefgh"))], limit=20_000)
    assert letters.find(Pattern.of("{h~g~f|e|d~c|b}a")) == Outcome(b"bdcehgfa", b"", b"", EXITED)
    with pytest.raises(TooLarge):
        letters.find(Pattern.of("{" + "|".join("0123456789abcdefghijklmn") + "}"))
