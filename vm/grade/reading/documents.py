"""A document in TOML as values with lines."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from vm.grade.reading.problems import Refused
from vm.grade.reading.scanning import Mark, marks_of
from vm.grade.reading.syntax import refusal
from vm.text import brief
from vm.values import dataclass

_MARKS = {b"\xef\xbb\xbf": "UTF-8 with a byte order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True, slots=True)
class Node:
    """A value, and the line of its key, or in a list its own. Tables and lists hold nodes."""

    content: Any
    line: int

    def plain(self) -> Any:
        """The value as :mod:`tomllib` has it."""
        if isinstance(self.content, dict):
            return {name: node.plain() for name, node in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def __str__(self) -> str:
        """How a message has it, briefly."""
        if isinstance(self.content, bool):
            return "true" if self.content else "false"
        if isinstance(self.content, dict | list):
            return "a table" if isinstance(self.content, dict) else "a list"
        return brief(self.content) if isinstance(self.content, str | int | float) else str(self.content)


def parse(data: bytes) -> Node:
    """Read a document. Raises Refused, with line and column, for what is none."""
    text = _text(data)
    marks, end = marks_of(text)
    try:
        values = tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError is one
        raise refusal(error, text, end) from None
    return Node(_table(values, marks), marks.line)


def _text(data: bytes) -> str:
    """The text of a document, with line feeds alone. Raises Refused."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            raise Refused(f"the file is {name}", "save it as UTF-8 without a mark", 1)
    try:
        return data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1
        raise Refused("the file is not UTF-8", "save it as UTF-8", line, column) from None


def _table(values: Mapping[str, Any], mark: Mark) -> dict[str, Node]:
    assert isinstance(mark.below, dict)
    return {name: _node(value, mark.below[name]) for name, value in values.items()}


def _list(values: Sequence[Any], mark: Mark) -> list[Node]:
    assert isinstance(mark.below, list)
    return [_node(value, inner) for value, inner in zip(values, mark.below, strict=True)]


def _node(value: Any, mark: Mark) -> Node:
    if isinstance(value, dict):
        return Node(_table(value, mark), mark.line)
    return Node(_list(value, mark) if isinstance(value, list) else value, mark.line)
