"""What is said of a text that is not as expected, word by word, and which failures are taken for alike."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from vm.grade.judging.texts import LARGEST, Named, judge_text
from vm.grade.lab import How, Place, Space, Text
from vm.grade.verdict import Failure

HERE = Place("tests.toml", 3)
OUTPUT = Named("output", "the output")


def fail(came: str | bytes, *texts: str, how: How = How.EXACT, space: Space = Space.EXACT) -> Failure:
    data = came if isinstance(came, bytes) else came.encode()
    text = Text(how=how, texts=tuple(each.encode() for each in texts), space=space, place=HERE)
    failure = judge_text(text, data, OUTPUT)
    assert failure is not None
    return failure


TEN = "".join(f"line {number}\n" for number in range(1, 11))
WAYS = [
    ("", "x\n", "is empty: nothing was written", "nothing"),
    ("x\ny\n", "", "is not empty, as it has to be: 2 lines came", "not-empty"),
    ("x", "x\n", "has no newline at its end, which is missing", "no-newline"),
    ("x\n\n", "x\n", "has a newline too many at its end", "newline-too-many"),
    ("x  \ny\n", "x\ny\n", "differs in white space only", "space:trailing"),
    ("x\r\ny\r\n", "x\ny\n", "differs in white space only", "space:trailing"),
    ("x  y\n", "x y\n", "differs in white space only", "space:amount"),
    ("xy\n", "x y\n", "differs in white space only", "space:ignored"),
    ("HELLO\n", "Hello\n", "differs in capital and small letters only", "case"),
    ("b\na\n", "a\nb\n", "has the right lines in another order", "order"),
    ("a\nc\n", "a\nb\nc\n", 'lacks line 2 of what is expected: "b"', "missing-line:2"),
    ("a\nd\n", "a\nb\nc\nd\n", 'lacks lines 2 to 3 of what is expected: "b"', "missing-line:2+2"),
    ("a\nb\nb\nc\n", "a\nb\nc\n", 'has line 2 ("b") twice', "twice:b"),
    ("a\nb\na\nb\nc\n", "a\nb\nc\n", 'has lines 1 to 2 ("a") twice', "twice:a"),
    ("a\nb\na\nb\n", "a\nb\n", "has everything twice", "all-twice"),
    ("a\na\nb\nb\n", "a\nb\n", "has every line twice", "lines-twice"),
    ("a\nq\nb\n", "a\nb\n", 'has line 2 too much: "q"', "too-much:q"),
    ("".join(TEN.splitlines(True)[:3]), TEN, "ends too early: after line 3 of 10", "ends:4:1"),
    (TEN[:10], TEN, "ends too early: in line 2, column 4 of 10", "ends:2:4"),
    ("a\nb\nc\n", "a\n", 'goes on behind what is expected, by 2 lines: "b\\nc"', "goes-on:b"),
    ("a\nbxd\n", "a\nbcd\n", "differs in line 2, column 2", "differs:line 2: bcd vs bxd"),
]


@pytest.mark.parametrize(("came", "wanted", "said", "key"), WAYS, ids=[way[3] for way in WAYS])
def test_ways_to_differ(came: str, wanted: str, said: str, key: str) -> None:
    failure = fail(came, wanted)
    assert (failure.title, failure.key) == (f"the output {said}", f"output:{key}")
    assert (failure.kind, failure.what) == ("output", "")


@pytest.mark.parametrize("space", [Space.TRAILING, Space.AMOUNT, Space.IGNORED])
def test_what_would_be_allowed_is_the_least_that_allows_it(space: Space) -> None:
    came = {Space.TRAILING: "a b \n\n", Space.AMOUNT: "a\nb", Space.IGNORED: "ab"}[space]
    assert fail(came, "a b\n").details[-1] == f'(a test with space = "{space}" would allow it)'


@pytest.mark.parametrize(
    ("came", "wanted", "rows"),
    [
        (b"a\tb", "a b!", ("expected: a b!", "came:     a\\tb", " " * 11 + "^", "expected a blank, came a tab")),
        (b"a\0", "ab!", ("expected: ab!", "came:     a\\0", " " * 11 + "^", "expected 'b', came a NUL byte")),
        (b"a\xff", "ab!", ("expected: ab!", "came:     a\\xff", " " * 11 + "^", "the byte \\xff, which is not UTF-8")),
        ("字x", "字y", ("expected: 字y", "came:     字x", " " * 12 + "^", "expected 'y', came 'x'")),
        (b"a  \nb", "c", ("expected: c", "came:     a··", " " * 10 + "^", "expected 'c', came 'a'")),
    ],
)  # fmt: skip
def test_nothing_is_hidden(came: bytes | str, wanted: str, rows: Sequence[str]) -> None:
    details = fail(came, wanted).details
    assert details[:3] == rows[:3]
    assert rows[3] in details[3]


def test_of_long_lines_what_is_around_the_place_is_shown() -> None:
    expected, came, caret, told = fail("a" * 5000 + "x" + "b" * 5000, "a" * 5000 + "y" + "b" * 5000).details[:4]
    column = caret.index("^")
    assert (expected[column], came[column]) == ("y", "x")
    assert expected.endswith("…")
    assert "column 5001" in told


def test_of_long_texts_what_is_around_the_place_is_shown_and_how_much_more_there_is() -> None:
    lines = [f"{number}" for number in range(1000)]
    failure = fail("\n".join([*lines[:500], "x", *lines[501:]]), "\n".join(lines))
    assert failure.came[0] == "… 497 lines before"
    assert failure.came[1:5] == ("497", "498", "499", "x")
    assert failure.expected[4] == "500"
    assert failure.came[-1] == f"… {1000 - 497 - 8} lines more"


def test_numbers_do_not_make_failures_differ() -> None:
    first, second, third = (fail(f"child {pid} ended\n", "all ended\n") for pid in ("17", "4711", "x"))
    assert first.key == second.key != third.key


def test_the_closest_of_several_is_shown_the_first_of_those_as_close() -> None:
    failure = fail("abcx", "a", "abcd", "abce", how=How.ONE_OF)
    held = "held against the closest one it differs in line 1, column 4"
    assert failure.title == f"the output is none of the 3 that are right; {held}"
    assert failure.expected == ("abcd",)
    assert failure.key == "output:none-of:differs:line 1: abcd vs abcx"


@pytest.mark.parametrize(
    ("came", "pattern", "title", "detail"),
    [
        ("abd", "{a|b}c", "follows the pattern up to line 1, column 3 only", 'here has to come "c"'),
        ("b", "{a|b}c", "follows the pattern, but ends too early", 'here has to come "a"'),
        ("", "{a|b}c", "follows the pattern, but ends too early", 'here has to come "a" or "b"'),
        ("abcd", "{a|b}c", "follows the pattern up to line 1, column 4, and then goes on", "   ^"),
        ("ab\ncx", "ab~\n~cde", "follows the pattern up to line 2, column 2 only", 'in the middle of "cde"'),
    ],
)
def test_how_far_a_pattern_is_followed(came: str, pattern: str, title: str, detail: str) -> None:
    failure = fail(came, pattern, how=How.PATTERN)
    assert failure.title == f"the output {title}"
    assert failure.details[-1] == detail


def test_equal_pieces_do_not_make_a_pattern_too_large() -> None:
    wrong = fail("a" * 300 + "c", "{" + "|".join("a" * 300) + "}b", how=How.PATTERN)
    assert wrong.details[-1] == 'here has to come "b"'


def test_a_pattern_with_too_many_ways_is_not_judged() -> None:
    pieces = [format(number, "b").zfill(5) for number in range(32)]
    pattern = "{" + "|".join("~".join(piece) for piece in pieces) + "}c"
    failure = fail("01" * 80, pattern, how=How.PATTERN)
    assert failure.kind == "grader"
    assert failure.details == ("see tests.toml:3",)


def test_of_texts_in_order_the_first_that_does_not_come_is_named() -> None:
    failure = fail("one\ntwo\n", "one", "three", "two", how=How.CONTAINS)
    assert failure.title == 'the output does not have "three" behind "one"'
    assert failure.key == "output:lacks:three"
    failure = fail("one\ntwo\n", "two", "one", how=How.CONTAINS)
    assert failure.title == 'the output has "one" too early, in line 1, column 1: it has to come behind "two"'
    assert fail("One\n", "one", how=How.CONTAINS).details == (
        "it comes with other white space, or other capital letters",
    )


def test_what_must_not_come_is_shown_where_it_stands() -> None:
    failure = fail("one\nerror {0}\n", "warning", "error {0}", how=How.LACKS)
    assert failure.title == 'the output has "error {0}", which must not come, in line 2, column 1'
    assert failure.details == ("error {0}", "^")


@pytest.mark.parametrize(
    ("came", "regex", "title"),
    [
        ("total: 5\n", r"total: \d+", "matches the regular expression, but for the newline at its end"),
        ("a\nb\nx\n", r"a\nb\nc\n", "matches the regular expression up to line 2, column 2 only"),
        ("x", "y", "does not match the regular expression"),
        ("abc", "a+", "matches the regular expression up to line 1, column 2 only"),
        ("a\nb", "a.b", "does not match the regular expression"),
        ("é\udcff", "é", "matches the regular expression up to line 1, column 2 only"),
    ],
)
def test_how_far_a_regular_expression_goes(came: str, regex: str, title: str) -> None:
    assert fail(came.encode("utf-8", "surrogateescape"), regex, how=How.REGEX).title == f"the output {title}"


def test_lines_of_a_regular_expression_begin_and_end_as_lines_do() -> None:
    assert judge_text(Text(how=How.REGEX, texts=(rb"^a$\n^b$\n",), place=HERE), b"a\nb\n", OUTPUT) is None


@pytest.mark.parametrize("regex", [r"(a+)+b", r"(a|aa)+b", r"(.*)*x", r"(\w+\s?)*!"])
def test_no_output_makes_a_regular_expression_run_on(regex: str) -> None:
    """For each of them Python's own takes longer than anybody lives."""
    assert fail("a" * 200_000 + "c", regex, how=How.REGEX).kind == "output"


@pytest.mark.parametrize("regex", ["(", "(?=x)", r"(a)\1"])
def test_what_is_no_regular_expression_is_the_graders_fault(regex: str) -> None:
    failure = fail("x", regex, how=How.REGEX)
    assert failure.kind == "grader"
    assert "(?m)" not in failure.title


def test_a_text_that_is_too_large_is_not_looked_at_unless_it_is_what_is_expected() -> None:
    large = "a" * (LARGEST + 1)
    assert fail(large, "a").title == "the output has 4.0 MiB, and no more than 4 MiB of a text are looked at"
    assert judge_text(Text(how=How.EXACT, texts=(large.encode(),), place=HERE), large.encode(), OUTPUT) is None


@pytest.mark.full
@pytest.mark.parametrize("space", Space)
@pytest.mark.parametrize("came", ["\n", "a ", "a\n", "\u0130"])
def test_the_largest_text_takes_a_bounded_time(came: str, space: Space) -> None:
    large = came * (LARGEST // len(came.encode()))
    assert fail(large, "a b\nc\n", space=space).kind == "output"
