"""Texts are judged as a page of plain Python judges them, in all modes; and whatever comes, a failure is small."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vm.grade.judging.texts import Named, judge_text
from vm.grade.lab import How, Place, Space, Text
from vm.grade.verdict import Failure

HERE = Place("tests.toml", 3)
OUTPUT = Named("output", "the output")

SMALL = st.text(alphabet="abA \t\r\n", max_size=12).map(str.encode)
WORDS = st.lists(st.sampled_from(["a", "b", " ", "  ", "\t", "\n", " \n", "\r\n", "A", "\n\n"]), max_size=8).map(
    "".join
)
ANYTHING = st.one_of(
    st.binary(max_size=60), st.text(max_size=40).map(lambda text: text.encode("utf-8", "ignore")), SMALL
)


def text(how: How, *texts: bytes, space: Space = Space.EXACT, case: bool = True) -> Text:
    return Text(how=how, texts=texts, space=space, ignores_case=not case, place=HERE)


def judged(came: bytes, expected: Text) -> Failure | None:
    return judge_text(expected, came, OUTPUT)


# --- the oracle -------------------------------------------------------------------------------------------------------


def lines_that_count(data: bytes) -> list[bytes]:
    lines = [line.rstrip(b" \t\r") for line in data.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def what_counts(data: bytes, space: Space, case: bool) -> object:
    data = data if case else data.lower()
    if space is Space.TRAILING:
        return lines_that_count(data)
    if space is Space.AMOUNT:
        return data.split()
    return b"".join(data.split()) if space is Space.IGNORED else data


def has_in_order(data: bytes, texts: tuple[bytes, ...]) -> bool:
    """Whether there are places for all texts, none before the end of another: every place of the first is tried."""
    if not texts:
        return True
    first, rest = texts[0], texts[1:]
    return any(
        data[at : at + len(first)] == first and has_in_order(data[at + len(first) :], rest)
        for at in range(len(data) + 1)
    )


# --- against it -------------------------------------------------------------------------------------------------------


@given(SMALL, st.lists(SMALL, min_size=1, max_size=3), st.sampled_from(Space), st.booleans())
def test_one_of(came: bytes, texts: list[bytes], space: Space, case: bool) -> None:
    right = any(what_counts(came, space, case) == what_counts(each, space, case) for each in texts)
    assert (judged(came, text(How.ONE_OF, *texts, space=space, case=case)) is None) == right


@given(WORDS, WORDS, st.sampled_from(Space), st.booleans())
def test_exact(came: str, wanted: str, space: Space, case: bool) -> None:
    right = what_counts(came.encode(), space, case) == what_counts(wanted.encode(), space, case)
    assert (judged(came.encode(), text(How.EXACT, wanted.encode(), space=space, case=case)) is None) == right


@given(
    st.lists(st.text(alphabet="aAb \n", min_size=1, max_size=3), min_size=1, max_size=5),
    st.sampled_from(Space),
    st.booleans(),
    st.data(),
)
def test_pattern(pieces: list[str], space: Space, case: bool, data: st.DataObject) -> None:
    """Patterns of two sequences beside each other, between a beginning and an end."""
    split = data.draw(st.integers(0, len(pieces)))
    left, right = pieces[:split], pieces[split:]
    pattern = "{" + "~".join(left) + "|" + "~".join(right) + "}a"
    ways = set()
    for places in itertools.combinations(range(len(pieces)), len(left)):
        mine, others = iter(left), iter(right)
        ways.add("".join(next(mine) if at in places else next(others) for at in range(len(pieces))) + "a")
    came = data.draw(st.one_of(st.sampled_from(sorted(ways)), WORDS))
    if data.draw(st.booleans()):
        came = came.replace(" ", "  ").replace("\n", " \n") + "\n"
    expected = any(what_counts(came.encode(), space, case) == what_counts(way.encode(), space, case) for way in ways)
    assert (judged(came.encode(), text(How.PATTERN, pattern.encode(), space=space, case=case)) is None) == expected


@given(SMALL, st.lists(SMALL.filter(bool), min_size=1, max_size=3), st.booleans())
def test_contains_and_lacks(came: bytes, texts: list[bytes], case: bool) -> None:
    data, parts = (came, texts) if case else (came.lower(), [each.lower() for each in texts])
    assert (judged(came, text(How.CONTAINS, *texts, case=case)) is None) == has_in_order(data, tuple(parts))
    assert (judged(came, text(How.LACKS, *texts, case=case)) is None) == (not any(each in data for each in parts))


@given(SMALL, st.lists(SMALL.filter(bool), min_size=1, max_size=2))
def test_contains_where_white_space_does_not_count(came: bytes, texts: list[bytes]) -> None:
    bare = [b"".join(each.split()) for each in texts]
    right = has_in_order(b"".join(came.split()), tuple(bare))
    assert (judged(came, text(How.CONTAINS, *texts, space=Space.IGNORED)) is None) == right
    words = [b" ".join(each.split()) for each in texts]
    right = has_in_order(b" ".join(came.split()), tuple(words))
    assert (judged(came, text(How.CONTAINS, *texts, space=Space.AMOUNT)) is None) == right


@given(SMALL, st.sampled_from(["a+", "[ab ]*\n", "(a|b|\\s)*", "a\nb", "^a$\n^b$\n?", ".*", "\\S+( \\S+)*\n*"]))
def test_regex(came: bytes, pattern: str) -> None:
    right = re.fullmatch(pattern, came.decode(), re.MULTILINE | re.ASCII) is not None
    assert (judged(came, text(How.REGEX, pattern.encode())) is None) == right


# --- the place that is marked -----------------------------------------------------------------------------------------


@given(st.text(alphabet="abc\n", max_size=30), st.text(alphabet="abc\n", max_size=30))
def test_the_first_difference_is_marked(wanted: str, came: str) -> None:
    assume(wanted != came)
    at = 0
    while at < min(len(wanted), len(came)) and wanted[at] == came[at]:
        at += 1
    line, column = came[:at].count("\n") + 1, len(came[:at].split("\n")[-1]) + 1
    failure = judged(came.encode(), text(How.EXACT, wanted.encode()))
    assert failure is not None
    expected, shown, caret, told = failure.details[:4]
    assert told.startswith(f"line {line}, column {column}: ")
    assert shown == "came:     " + came.split("\n")[line - 1]
    assert expected == "expected: " + wanted.split("\n")[line - 1]
    assert caret == " " * (len("came:     ") + column - 1) + "^"


@given(st.lists(st.sampled_from("ab \t\n"), max_size=20).map("".join), st.sampled_from([Space.AMOUNT, Space.IGNORED]))
def test_a_place_is_found_again_where_white_space_does_not_count(before: str, space: Space) -> None:
    """What differs is the only x of what came, wherever it stands."""
    failure = judged((before + "x").encode(), text(How.EXACT, (before + "y").encode(), space=space))
    assert failure is not None
    line, column = before.count("\n") + 1, len(before.split("\n")[-1]) + 1
    assert f"line {line}, column {column}: expected 'y', came 'x'" in failure.details


# --- anything at all --------------------------------------------------------------------------------------------------


def check_small(failure: Failure) -> None:
    rows = [failure.title, *failure.expected, *failure.came, *failure.details]
    assert len(rows) <= 40
    assert all(len(row) <= 200 and row.isprintable() for row in (*rows, failure.key, failure.what))


@given(
    ANYTHING,
    ANYTHING,
    st.sampled_from([how for how in How if how is not How.REFERENCE]),
    st.sampled_from(Space),
    st.booleans(),
)
def test_anything_is_judged_and_told_in_few_short_lines(
    came: bytes, wanted: bytes, how: How, space: Space, case: bool
) -> None:
    failure = judged(came, text(how, wanted, space=space, case=case))
    if failure is not None:
        check_small(failure)


@pytest.mark.parametrize("how", [how for how in How if how is not How.REFERENCE])
@pytest.mark.parametrize(
    "came",
    [
        b"a" * 300_000,
        b"\n" * 300_000,
        b" " * 300_000 + b"x",
        b"\x01" * 300_000,
        "\U000e0001字".encode() * 9000,
        b"a\n" * 99_999,
    ],
    ids=["letters", "lines", "blanks", "controls", "others", "short lines"],
)
@pytest.mark.parametrize("space", Space)
def test_much_is_told_in_few_short_lines(how: How, came: bytes, space: Space) -> None:
    failure = judged(came, text(how, b"a" * 50 + b"(b+)+\nc", space=space))
    if failure is not None:
        check_small(failure)


@given(ANYTHING, ANYTHING)
def test_a_failure_has_the_same_key_each_time(came: bytes, wanted: bytes) -> None:
    first, second = (judged(came, text(How.EXACT, wanted)) for _ in range(2))
    assert first == second
