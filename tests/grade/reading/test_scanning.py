"""The line of a key is where it was written: documents are written with the lines noted, and read again."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vm.grade.reading.documents import Node, parse
from vm.grade.reading.problems import Refused
from vm.grade.reading.scanning import DEEPEST, marks_of

Place = tuple[str | int, ...]
Lines = dict[Place, int]

BARE = st.text("abcxyz019_-", min_size=1, max_size=4)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
AWKWARD = st.sampled_from(["[[tests]]", "a = 1", "# no comment", "}", "]", ",", "''", "=", "a.b"])
SCALARS = st.sampled_from(
    ["1", "-3.5e2", "true", "0x1F", "1979-05-27 07:32:00Z", "07:32:00", "nan", "+inf", "1_000", '""', "''", '"\\""']
)
COMMENTS = st.sampled_from(["", " # comment", "\t# a = [ { \"\"\" '''", "  "])


def basic(text: str) -> str:
    """A text in double quotes, whose control characters are escaped."""
    return '"' + "".join(f"\\u{ord(c):04x}" if c in '"\\' or ord(c) < 32 else c for c in text) + '"'


@st.composite
def keys(draw: st.DrawFn) -> tuple[str, str]:
    """A part of a key: what it is, and how it is written."""
    kind = draw(st.sampled_from(["bare", "basic", "literal"]))
    if kind == "bare":
        name = draw(BARE)
        return name, name
    name = draw(TEXTS | AWKWARD)
    if kind == "literal" and "'" not in name:
        return name, f"'{name}'"
    return name, basic(name)


@st.composite
def long_texts(draw: st.DrawFn) -> str:
    """A text in quotes, of several lines or one."""
    lines = draw(st.lists(TEXTS | AWKWARD, max_size=4))
    quote = draw(st.sampled_from(['"""', "'''"]))
    inner = "\n".join(line.replace("\\", "").replace(quote[0], "") for line in lines)
    end = draw(st.sampled_from(["", quote[0], 2 * quote[0]]))
    if quote == '"""':
        inner = draw(st.sampled_from(["", '\\"""', "\\\\", "\\\n  ", '""x'])) + inner
    return f"{quote}{inner}{end}{quote}"


class Writer:
    """A document that is being written, and where its keys are."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: Lines = {}
        self._used: set[Place] = set()

    def line(self) -> int:
        return self.text.count("\n") + 1

    def fresh(self, above: Place) -> tuple[str, str] | None:
        """A key that a table does not have."""
        name, written = self.draw(keys())
        if (*above, name) in self._used:
            return None
        self._used.add((*above, name))
        return name, written

    def value(self, place: Place, depth: int) -> None:
        """A value, whose inner lines are noted."""
        kinds = ["scalar", "long", "list", "braces"] if depth < 3 else ["scalar"]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "long":
            self.text += self.draw(long_texts())
        elif kind == "list":
            self._list(place, depth)
        elif kind == "braces":
            self._braces(place, depth)
        else:
            self.text += self.draw(SCALARS | TEXTS.map(basic))

    def _gap(self) -> str:
        return self.draw(st.sampled_from(["", " ", "\n", "\n  # comment ]\n\t"]))

    def _list(self, place: Place, depth: int) -> None:
        self.text += "[" + self._gap()
        for index in range(self.draw(st.integers(0, 3))):
            self.lines[(*place, index)] = self.line()
            self.value((*place, index), depth + 1)
            self.text += self._gap() + "," + self._gap()
        self.text += "]"

    def _braces(self, place: Place, depth: int) -> None:
        self.text += "{ "
        for index in range(self.draw(st.integers(0, 3))):
            self.text += ", " if index else ""
            key = self.fresh(place)
            if key is None:
                key = (f"key {len(self._used)}", f'"key {len(self._used)}"')
                self._used.add((*place, key[0]))
            self.pair(place, key, depth + 1)
        self.text += " }"

    def pair(self, above: Place, key: tuple[str, str], depth: int = 0) -> None:
        """A key, with dots perhaps, and its value."""
        place, written = (*above, key[0]), key[1]
        self.lines[place] = self.line()
        for _ in range(self.draw(st.integers(0, 2))):
            name, more = self.draw(keys())
            place, written = (*place, name), f"{written}{self.draw(st.sampled_from(['.', ' . ', '. ']))}{more}"
            self.lines[place] = self.line()
        self.text += written + self.draw(st.sampled_from(["=", " = ", "\t="]))
        self.value(place, depth)

    def end_line(self) -> None:
        self.text += self.draw(COMMENTS) + "\n" + self.draw(st.sampled_from(["", "\n", "# [x]\n", " \n"]))

    def table(self, place: Place) -> None:
        """The pairs of a table."""
        for _ in range(self.draw(st.integers(0, 3))):
            key = self.fresh(place)
            if key is not None:
                self.text += self.draw(st.sampled_from(["", "  "]))
                self.pair(place, key)
                self.end_line()


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, Lines]:
    """A document, and the lines of what is in it."""
    writer = Writer(draw)
    writer.end_line()
    writer.table(())
    for _ in range(draw(st.integers(0, 4))):
        key = writer.fresh(())
        if key is None:
            continue
        name, written = key
        if draw(st.booleans()):
            inner, more = draw(keys())
            writer.lines[(name,)] = writer.lines[(name, inner)] = writer.line()
            writer.text += f"[ {written} . {more} ]"
            writer.end_line()
            writer.table((name, inner))
            continue
        writer.lines[(name,)] = writer.line()
        for index in range(draw(st.integers(1, 3))):
            writer.lines[(name, index)] = writer.line()
            writer.text += f"[[{written}]]"
            writer.end_line()
            writer.table((name, index))
            if draw(st.booleans()):
                writer.lines[(name, index, "in")] = writer.line()
                writer.text += f"[{written}.in]"
                writer._used.add((name, index, "in"))
                writer.end_line()
                writer.table((name, index, "in"))
    return writer.text, writer.lines


def lines_of(node: Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    if place:
        yield place, node.line
    inner: Any = node.content
    if isinstance(inner, dict | list):
        for key, each in inner.items() if isinstance(inner, dict) else enumerate(inner):
            yield from lines_of(each, (*place, key))


def same(first: Any, second: Any) -> bool:
    return repr(first) == repr(second)  # not-a-number is not equal to itself


@settings(max_examples=40, deadline=None)
@given(documents(), st.booleans())
def test_a_key_is_where_it_was_written(document: tuple[str, Lines], has_returns: bool) -> None:
    text, lines = document
    data = (text.replace("\n", "\r\n") if has_returns else text).encode()
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # the writer has put a key where a table is: rare, and told by what follows
        with pytest.raises(Refused, match=r"this is no TOML"):
            parse(data)
        return
    node = parse(data)
    assert same(node.plain(), values)
    assert dict(lines_of(node)) == lines


@pytest.mark.full
@settings(max_examples=5000, deadline=None)
@given(documents())
def test_many_keys_are_where_they_were_written(document: tuple[str, Lines]) -> None:
    text, lines = document
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert dict(lines_of(parse(text.encode()))) == lines


@settings(max_examples=200, deadline=None)
@given(st.text("ab=.[]{}\"'\\#,\n 1", max_size=40))
def test_what_the_reader_takes_the_scanner_follows(text: str) -> None:
    try:
        values = tomllib.loads(text)
    except ValueError:
        marks_of(text)  # it stops where it must
        return
    assert same(parse(text.encode()).plain(), values)


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 200_000 + " = 1",
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 100_000,
        "[" + "a." * 100_000 + "a]",
        "a = " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
    ],
    ids=["dots", "lists", "braces", "header", "one too many"],
)
def test_what_is_too_deep_is_refused_before_it_takes_time(text: str) -> None:
    with pytest.raises(Refused, match=f"more than {DEEPEST} tables or lists are inside each other") as caught:
        parse(f"b = 1\n{text}\n".encode())
    assert caught.value.line == 2


def test_as_deep_as_that_is_read() -> None:
    depth = DEEPEST - 1
    assert parse(f"a = {'[' * depth}{']' * depth}".encode()).content["a"].line == 1


def test_a_number_without_end_is_refused_by_its_line() -> None:
    with pytest.raises(Refused, match="more than 200 digits") as caught:
        parse(b"a = 1\nb = " + b"9" * 5000)
    assert caught.value.line == 2
