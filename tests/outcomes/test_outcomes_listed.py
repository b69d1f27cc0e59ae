"""How outcomes are shown: as golden text, hand-made, in which nothing is hidden and what is common stands once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

from vm.lines import html, plain
from vm.outcomes.listing import LONGEST_BLOCK, Numbered
from vm.outcomes.orders import End, Holder, Link, Order, Outcome, Step, Stuck, Written
from vm.outcomes.telling import Group, explained, headline, listed, told_steps

WELL, KILLED = End(exit_code=0), End(signal=9)


def where(pc: int, image: str) -> str:
    return f"{image}:{pc}" if pc else ""


def groups(*written: tuple[End, Iterable[bytes | tuple[bytes, bytes]]], more: int = 0) -> list[Group]:
    found, number = [], 0
    for end, texts in written:
        shown = []
        for text in texts:
            number += 1
            streams = (text, b"", b"") if isinstance(text, bytes) else (b"", *text)
            shown.append(Numbered(number, Outcome(*streams, end)))
        found.append(Group(end, None, len(shown) + more, tuple(shown)))
    return found


def text(*written: tuple[End, Iterable[bytes | tuple[bytes, bytes]]], columns: int = 80, more: int = 0) -> str:
    return plain(listed(groups(*written, more=more), where, columns))


def lines(*texts: str) -> bytes:
    return "".join(f"{each}\n" for each in texts).encode()


def test_short_ones_have_a_row_each_with_their_lines_below_each_other() -> None:
    assert text((WELL, [lines("parent", "child"), lines("child", "parent")])) == (
        "   1  parent\\n  child\\n\n"
        "   2  child\\n   parent\\n\n"
    )  # fmt: skip


def test_what_all_begin_and_end_with_stands_once() -> None:
    found = [lines("start", "ready", *three, "done", "bye") for three in permutations("abc", 2)]
    assert text((WELL, found)) == (
        "all begin with  start\\n  ready\\n\n"
        "all end with    done\\n  bye\\n\n"
        "   1  a\\n  b\\n\n"
        "   2  a\\n  c\\n\n"
        "   3  b\\n  a\\n\n"
        "   4  b\\n  c\\n\n"
        "   5  c\\n  a\\n\n"
        "   6  c\\n  b\\n\n"
    )


def test_nothing_is_hidden() -> None:
    found = [b"", b"no newline", b" blank ", b"\x1b[31m\ttab\\\n", b"\xff\n", "\u202e\n".encode()]
    assert text((WELL, found)) == (
        "   1  –\n"
        "   2  no newline\n"
        "   3  \\x20blank\\x20\n"
        "   4  \\x1b[31m\\ttab\\\\\\n\n"
        "   5  \\xff\\n\n"
        "   6  \\u202e\\n\n"
    )


def test_rows_that_are_too_wide_for_columns_are_joined_and_others_are_blocks() -> None:
    letters = [lines(*"abcdefgh"), lines(*"hgfedcba")]
    assert text((WELL, letters), columns=40) == (
        "   1  a\\nb\\nc\\nd\\ne\\nf\\ng\\nh\\n\n"
        "   2  h\\ng\\nf\\ne\\nd\\nc\\nb\\na\\n\n"
    )  # fmt: skip
    words = [lines("one", "two", "three", "four"), lines("one", "two", "four", "three"), lines("zero")]
    assert text((WELL, words), columns=20) == (
        "   1  one\\n\n"
        "      two\\n\n"
        "      three\\n\n"
        "      four\\n\n"
        "   2  2 lines as the one before\n"
        "      four\\n\n"
        "      three\\n\n"
        "   3  zero\\n\n"
    )


def test_blocks_of_short_lines_stand_next_to_each_other() -> None:
    names = [lines(*(f"process {letter} is here" for letter in word)) for word in ("abcd", "abdc", "acd", "")]
    assert text((WELL, names), columns=67) == (
        "      1                    2                    3\n"
        "      process a is here\\n  process a is here\\n  process a is here\\n\n"
        "      process b is here\\n  process b is here\\n  process c is here\\n\n"
        "      process c is here\\n  process d is here\\n  process d is here\\n\n"
        "      process d is here\\n  process c is here\\n\n"
        "      4\n"
        "      –\n"
    )  # fmt: skip


def test_long_outputs_are_cut() -> None:
    long = text((WELL, [lines(*map(str, range(1000))), b"x" * 5000]))
    assert len(long.splitlines()) == LONGEST_BLOCK + 2
    assert f"      … {1000 - LONGEST_BLOCK} more lines\n" in long
    assert max(map(len, long.splitlines())) < 600


def test_long_outputs_next_to_each_other_are_cut_too() -> None:
    long = text((WELL, [lines(*map(str, range(1000))), lines(*map(str, range(1, 1001)))])).splitlines()
    assert len(long) == LONGEST_BLOCK + 2
    assert long[-1] == f"      … {1000 - LONGEST_BLOCK} more  … {1000 - LONGEST_BLOCK} more"


@pytest.mark.parametrize("letter", ["a", "a longer line than two columns have room for, of which each has two"])
def test_where_one_of_a_sample_ends_and_the_next_begins_is_seen(letter: str) -> None:
    count = 30 if letter == "a" else 2
    sample = [lines(end, *[letter] * count, end) for end in "xyz" * count]
    numbered = tuple(Numbered(0, Outcome(data, b"", b"", WELL)) for data in sample)
    shown = plain(listed([Group(WELL, None, len(sample), numbered)], where, are_all=False))
    assert shown.count("*") == len(sample)


def test_a_stream_that_nothing_was_written_to_takes_no_line() -> None:
    long = b"a line that is too long for two columns of a terminal\n"
    assert text((WELL, [(b"", long * 2), (long, b"")])) == (
        f"   1  errors: {long.decode()[:-1]}\\n\n      errors: {long.decode()[:-1]}\\n\n"
        f"   2  output: {long.decode()[:-1]}\\n\n"
    )


def test_streams_have_columns() -> None:
    assert text((WELL, [(b"a\n", b"oops\n"), (b"b\n", b"")])) == (
        "      output  errors\n"
        "   1  a\\n     oops\\n\n"
        "   2  b\\n     –\n"
    )  # fmt: skip


def test_outcomes_are_grouped_by_their_ends() -> None:
    holder = Holder(3, (1, 1), "can write to it", 0)
    deadlock = End(stuck=(
        Stuck(3, (1, 1), "bytes in a pipe", "read(3, 0x10, 1) = ?", 14, "x.s", (holder,)),
        Stuck(2, (1,), "pid 3 to end", "wait4(3, 0, 0, 0) = ?", 0, "", ()),
    ))  # fmt: skip
    found = groups((WELL, [b"a"]), (End(signal=9), [b"b"]), (End(exit_code=1, stuck=deadlock.stuck), [b"c"]))
    order = Order((step((1,), 0, "pipe2", 9),), deadlock)
    found[-1] = Group(found[-1].end, order, 1, found[-1].shown)
    assert plain(listed(found, where)) == (
        "exit status 0: 1 outcome\n"
        "   1  a\n"
        "killed by SIGKILL: 1 outcome\n"
        "   2  b\n"
        "exit status 1, then a deadlock: 1 outcome\n"
        "  pid 3 waits for bytes in a pipe: x.s:14\n"
        "    it itself can write to it, since x.s:9\n"
        "  pid 2 waits for pid 3 to end: wait4(3, 0, 0, 0) = ?\n"
        "   3  c\n"
    )


def test_what_some_have_in_common_is_not_said_of_all() -> None:
    some = groups((WELL, [b"start\nready\na\n", b"start\nready\nb\n"]), more=3)
    assert plain(listed(some, where)).startswith("these begin with  start\\n  ready\\n\n   1  a\\n\n")
    known = groups((WELL, [b"start\nready\na\n", b"start\nready\nb\n"]))
    assert plain(listed(known, where, are_all=False)).startswith("these begin with  ")
    assert plain(listed(known, where)).startswith("all begin with  ")


def test_it_is_said_that_there_are_more() -> None:
    assert text((WELL, [b"a", b"b"]), more=1_000_000).endswith("      … 1,000,000 more\n")


def test_the_first_line_says_how_many_and_how_sure() -> None:
    def first(*arguments: object) -> str:
        return plain([headline(*arguments)])  # type: ignore[arg-type]

    assert first(279, True, (), [WELL]) == "279 outcomes, complete; exit status 0\n"
    bounds = ("up to time: a sleep ends last", "up to the clock: it is read", "so it is", "stops: like all others")
    assert first(1, True, bounds[:1], [WELL, KILLED]) == "1 outcome, complete up to time\n"
    assert first(1, True, bounds, [KILLED]) == (
        "1 outcome, complete up to time, up to the clock; so it is; killed by SIGKILL\n"
    )
    assert plain(explained(bounds)) == (
        "  up to time: a sleep ends last\n  up to the clock: it is read\n  stops: like all others\n"
    )
    assert plain(explained(bounds[:1], 24)) == "  up to time: a sleep\n    ends last\n"
    assert first(127_952_289, False, ("up to 60 seconds",), []) == "at least 127,952,289 outcomes, up to 60 seconds\n"
    assert first(10, False, ("too many to be counted",), []) == (
        "at least 10 outcomes, incomplete; too many to be counted\n"
    )
    assert first(0, False, ("up to 60 seconds",), []) == "no outcome found, up to 60 seconds\n"


def test_html_has_nothing_of_a_guests_but_text() -> None:
    shown = html(listed(groups((WELL, [b"<script>a&b</script>\n", b"<script>\n"])), where))
    assert "<script" not in shown
    assert "&lt;script&gt;a&amp;b&lt;/script&gt;\\n" in shown


def step(thread: tuple[int, ...], number: int, call: str, pc: int, *links: tuple[int, str], wrote: str = "") -> Step:
    written = (Written("terminal", wrote.encode()),) if wrote else ()
    return Step(
        thread, number, 1 + len(thread), call, f"{call}()", pc, "x.s", written, tuple(Link(*each) for each in links)
    )


def test_steps_are_told_with_process_line_and_what_they_wrote() -> None:
    order = Order(
        (
            step((1,), 0, "brk", 1), step((1,), 1, "fork", 2, (0, "own")), step((1, 1), 0, "brk", 7, (1, "birth")),
            step((1, 1), 1, "write", 8, (2, "own"), wrote="c\n"), step((1,), 2, "write", 3, (1, "own"), wrote="a"),
            step((1, 1), 2, "exit", 9, (3, "own")), step((1,), 3, "exit", 0, (4, "own")),
        ),
        WELL,
    )  # fmt: skip
    assert plain(told_steps(order, (0, 1, 4, 2, 3, 6, 5), where)) == (
        "  pid 2  fork()   x.s:2\n"
        "  pid 2  write()  x.s:3  a\n"
        "  pid 3  brk()    x.s:7\n"
        "  pid 3  write()  x.s:8  c\\n\n"
        "  pid 2  exit()\n"
        "  pid 3  exit()   x.s:9\n"
        "  and 1 step of no concern to other processes\n"
    )
