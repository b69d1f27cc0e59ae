"""What is said of outputs that a program cannot have: orders by hand, and the sentences expected."""

from __future__ import annotations

import pytest

from vm.outcomes.orders import End, Link, Order, Step, Stuck, Written
from vm.outcomes.reasons import why_not
from vm.outcomes.sentences import sentences
from vm.outcomes.wording import Place


def order_of(rows: str, end: End | None = None) -> Order:
    """The order of a table: each row is a thread, a source line, a call, links to rows (``exit:3``) and a text written.

    A text is ``'a'``, or ``errors'a'`` for another stream than the terminal.
    """
    steps: list[Step] = []
    for row in filter(None, map(str.strip, rows.splitlines())):
        name, line, call, *rest = row.split()
        thread = tuple(map(int, name.split(".")))
        own = [place for place, step in enumerate(steps) if step.thread == thread]
        links, written = [Link(own[-1], "own")] if own else [], []
        for word in rest:
            if ":" in word:
                why, _, place = word.partition(":")
                links.append(Link(int(place), why))
            else:
                stream, text, _ = word.split("'")
                written.append(Written(stream or "terminal", text.replace("\\n", "\n").encode()))
        steps.append(Step(thread, len(own), 1 + sum(thread), call, "", int(line), "p", tuple(written), tuple(links)))
    return Order(tuple(steps), end or End(0))


def told(text: str, *orders: Order, end: End | None = None, **others: str) -> list[str]:
    """What is said of ``text``, and of the other streams' texts."""
    texts = {name: other.encode() for name, other in others.items()} or {"terminal": text.encode()}
    reason = why_not(orders, texts, end)
    assert reason is not None
    assert all(map(reason.holds_in, orders))
    return sentences(reason, lambda step: Place("p.s", step.pc))


FORKS = order_of("""
    1   9  write 'a'
    1   10 fork
    1.1 14 write birth:1 'c'
    1   12 write 'b'
    1   13 wait4 exit:2
    1   15 write 'd'
""")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cabd", "`c` cannot come before `a`: line 9 writes `a` before line 10 forks the process that writes `c`"),
        ("bacd", "`b` cannot come before `a`: line 9 writes `a` before line 12 writes `b`, in the same process"),
        (
            "abdc",
            "`d` cannot come before `c`: line 13 waits for the end of the process that writes `c` in line 14, and only "
            "then line 15 writes `d`",
        ),
        ("abcxyd", "nobody writes `xy`"),
        ("abcd" * 2000, "no run writes more than 4 bytes to terminal; the text has 8,000"),
        ("abc", "`d` is missing: every run writes it, in line 15"),
        ("", "`a` is missing: every run writes it, in line 9"),
        ("abcdd", "`d` is written once, in line 15; the text has it twice"),
    ],
)
def test_a_program_that_forks(text: str, expected: str) -> None:
    assert told(text, FORKS) == [expected]


def test_a_pipe_is_told_with_both_of_its_ends() -> None:
    order = order_of("""
        1   5  pipe2
        1   6  fork
        1   9  write 'a'
        1   10 write
        1.1 20 read birth:1 data:3
        1.1 21 write 'b'
    """)
    assert told("ba", order) == [
        "`b` cannot come before `a`: line 9 writes `a` before line 10 writes what line 20 reads, and only then line 21 "
        "writes `b`"
    ]


def test_a_grandchild_is_told_by_the_forks_that_lead_to_it() -> None:
    order = order_of("""
        1     3 write 'a'
        1     4 fork
        1.1   5 fork birth:1
        1.1.1 6 write birth:2 'b'
    """)
    assert told("ba", order) == [
        "`b` cannot come before `a`: line 3 writes `a` before line 4 forks the process that in line 5 forks the "
        "process that writes `b`"
    ]


TREE = order_of("""
    1       2 fork
    1       3 write '1'
    1.1     3 write birth:0 '1'
    1       4 fork
    1       5 write '2'
    1.2     5 write birth:3 '2'
    1.1     4 fork
    1.1     5 write '2'
    1.1.1   5 write birth:6 '2'
""")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "211222",
            "`2` cannot come before the first `1`: line 3 writes `1` before line 5 writes `2`, in the same process; "
            "line 3 writes `1` before line 4 forks the process that writes `2`",
        ),
        (
            "122212",
            "the third `2` cannot come before the second `1`: line 3 writes `1` before line 5 writes `2`, in the same "
            "process; line 3 writes `1` before line 4 forks the process that writes `2`",
        ),
    ],
)
def test_pieces_that_several_write_are_told_by_their_number(text: str, expected: str) -> None:
    assert told(text, TREE) == [expected]


def test_a_torn_write_is_told() -> None:
    order = order_of("""
        1   1 fork
        1   2 write 'hello\\n'
        1.1 3 write birth:0 'you\\n'
    """)
    whole = "line 2 writes `hello\\n` in one piece"
    assert told("heyou\nllo\n", order) == [f"`you\\nllo\\n` cannot come right behind `he`: {whole}"]
    assert told("you\nhell", order) == [f"the text ends within `hello\\n`: {whole}"]
    assert told("you\nllo\n", order) == [f"no write begins with `l`: {whole}"]


READ_FIRST = """
    1   1 fork
    1   2 fork
    1.{first} {line} write birth:{fork}
    1   5 read data:2
    {rest}
"""


def test_classes_that_differ_have_a_case_each() -> None:
    rest = (
        "1 6 write 'a' \n 1 7 write 'b' \n 1.1 8 write birth:0 'c'",
        "1 9 write 'c' \n 1 7 write 'b' \n 1 10 write 'a'",
    )
    orders = [
        order_of(READ_FIRST.format(first=1 + number, line=3 + number, fork=number, rest=rest[number]))
        for number in range(2)
    ]
    assert told("bac", *orders) == [
        "each run has a reason of its own:",
        "where line 3 writes what line 5 reads: `b` cannot come before `a`: line 6 writes `a` before line 7 writes "
        "`b`, in the same process",
        "where line 4 writes what line 5 reads: `b` cannot come before `c`: line 9 writes `c` before line 7 writes "
        "`b`, in the same process",
    ]


def test_one_claim_for_classes_that_differ_has_one_chain_of_several() -> None:
    rest = "1 6 write 'a' \n 1 7 write 'b'", "1 9 write 'a' \n 1 7 write 'b'"
    orders = [
        order_of(READ_FIRST.format(first=1 + number, line=3 + number, fork=number, rest=rest[number]))
        for number in range(2)
    ]
    assert told("ba", *orders) == [
        "`b` cannot come before `a`: line 6 or 9 writes `a` before line 7 writes `b`, in the same process"
    ]
    others = order_of(
        READ_FIRST.format(first=1, line=3, fork=0, rest="1.1 8 write 'a' \n 1 9 read data:4 \n 1 7 write 'b'")
    )
    assert told("ba", orders[0], others) == [
        "`b` cannot come before `a`: line 6 writes `a` before line 7 writes `b`, in the same process; or line 8 writes "
        "`a` and writes what line 9 reads, and only then line 7 writes `b`"
    ]


def test_what_has_no_line_is_told_by_its_function_or_its_address() -> None:
    reason = why_not([FORKS], {"terminal": b"cabd"})
    assert reason is not None
    assert sentences(reason, lambda step: Place("", 0, function="main") if step.pc == 9 else None) == [
        "`c` cannot come before `a`: the write in main writes `a` before the fork at 0xa forks the process that "
        "writes `c`"
    ]


def test_where_only_the_whole_text_is_wrong_it_is_told_how_far_runs_get() -> None:
    order = order_of("""
        1   1 fork
        1   2 write 'a'
        1   3 write 'b'
        1.1 4 write birth:0 'a'
        1.1 5 write 'c'
    """)
    assert told("abca", order) == [
        "no run that begins with `ab` goes on with `ca`: line 4 writes `a` before line 5 writes `c`, in the same "
        "process"
    ]


def test_two_streams_that_no_run_prints_together() -> None:
    order = order_of("""
        1   1 fork
        1   2 write errors'x'
        1   3 write output'a'
        1.1 4 write birth:0 output'b'
        1.1 5 write errors'y'
    """)
    assert told("", order, output="ab", errors="yx") == [
        "output and errors can each be printed so, but not by one run: line 2 writes `x` to errors before line 3 "
        "writes `a` to output, in the same process; line 4 writes `b` to output before line 5 writes `y` to errors, in "
        "the same process"
    ]
    assert told("", order, output="xab", errors="xy") == ["nobody writes `x` to output: line 2 writes it elsewhere"]


def test_an_end_that_does_not_go_with_the_text() -> None:
    orders = [
        order_of("1 1 write 'a'", End(1)),
        order_of("1 1 write 'b'", End(stuck=(Stuck(2, (1,), "data", "", 0, "p"),))),
        order_of("1 1 write 'c'", End(0)),
    ]
    assert told("a", *orders, end=End(0)) == ["it can be printed, but not with exit status 0: only with exit status 1"]
    assert told("b", *orders, end=End(0)) == [
        "it can be printed, but not with exit status 0: only with deadlock (pid 2 waits for data)"
    ]


def at_once(*pieces: str) -> Order:
    """An order of a process for each piece."""
    rows = [f"1 {number} fork" for number in range(len(pieces))]
    born = [f"1.{number + 1} 50 write birth:{number} '{piece}'" for number, piece in enumerate(pieces)]
    return order_of("\n".join([*rows, *born]))


def test_what_many_do_alike_is_looked_at_once() -> None:
    order = at_once(*["a", "aa"] * 7)
    short = "a" * 19
    assert told(short, order) == [f"no run stops behind `{short}`: `a` or `aa` is still to be written, in line 50"]


def test_what_takes_too_long_to_tell_is_not_told() -> None:
    order = at_once(*("a" * size for size in range(1, 15)))
    reason = why_not([order], {"terminal": b"a" * 104})
    assert reason is not None
    assert sentences(reason, lambda step: None) == ["no run prints just that: it begins in too many ways to tell why"]
    assert not reason.holds_in(order), "it could not be checked"


def test_a_newline_that_was_forgotten_is_told() -> None:
    order = order_of("1 4 write 'hi\\n' \n 1 5 write 'you\\n'")
    assert told("hi\nyou", order) == ["the newline behind `you` is missing: line 5 writes `you\\n` in one piece"]


def test_of_many_classes_a_reason_is_found_in_little_work() -> None:
    rows = [f"1.{child} 5{child} write birth:{child - 1} 'a'\n1.{child} 6{child} write 'b'" for child in range(1, 7)]
    orders = [order_of("\n".join(["1 1 fork"] * 6 + [rows[(at + turn) % 6] for at in range(6)])) for turn in range(200)]
    (sentence,) = told("b" + "ab" * 5 + "a", *orders)
    assert sentence.startswith("`b` cannot come before the first `a`: line 51 writes `a` before line 61 writes `b`")
