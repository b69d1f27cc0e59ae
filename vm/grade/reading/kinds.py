"""Kinds of values: how each is said in a sentence, and what a file with tests has to have for it.

A kind has ``words``, as in "points is a number from 0 on", and reads a node or raises Refused. One that holds others
notes what is wrong with them, each at its line, and returns the rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from vm.grade.lab import Place
from vm.grade.reading.documents import Node
from vm.grade.reading.folder import LabFolder, is_below
from vm.grade.reading.problems import Problems, Refused
from vm.spelling import suggestion
from vm.text import brief
from vm.values import dataclass

MOST_NAMES = 500
"""Entries of a table whose keys the file chooses."""


MOST_SUGGESTIONS = 20
"""Unknown keys of a table of which it is told what was meant, since that takes its time."""


class Context:
    """What is being read: where problems are noted, where files are, and whether there is a reference solution."""

    def __init__(self, problems: Problems, folder: LabFolder) -> None:
        self.problems = problems
        self.folder = folder
        self.has_reference = False

    def place(self, node: Node) -> Place:
        """Where a node is written."""
        return Place(self.problems.file, node.line)


class Kind(Protocol):
    """What a value has to be. ``words`` say it, behind "is"."""

    @property
    def words(self) -> str:
        """What the value is, in a sentence's words."""

    def read(self, node: Node, name: str, context: Context) -> Any:
        """Return the value, that of the key ``name``. Raises Refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key of a table: what its value is, what it is for, and what it is where it is missing, as a file would say it.

    ``merges``: a test's table is added to that of the defaults, entry by entry, rather than put in its place.
    """

    name: str
    kind: Kind
    help: str
    default: str = ""
    is_required: bool = False
    merges: bool = False


def wrong(node: Node, name: str, kind: Kind, advice: str = "") -> Refused:
    """Tell that a value is not of its kind."""
    return Refused(f"{name} is {kind.words}, not {node}", advice)


class Words:
    """A text; it may be ``empty``, it is one ``line``, it may have ``zero`` bytes in it."""

    def __init__(
        self, words: str = "a text", *, empty: bool = True, line: bool = False, zero: bool = False
    ) -> None:  # fmt: skip
        self.words = words
        self._empty, self._line, self._zero = empty, line, zero

    def read(self, node: Node, name: str, context: Context) -> str:
        """Return the text."""
        text = node.content
        if not isinstance(text, str):
            is_number = isinstance(text, int | float) and not isinstance(text, bool) and len(str(node)) < 20
            raise wrong(node, name, self, f'write it in quotes, as "{node}"' if is_number else "")
        if not text and not self._empty:
            raise Refused(f"{name} is empty")
        if self._line and ("\n" in text or len(text) > 200):
            raise Refused(f"{name} has more than a line of 200 letters")
        if "\0" in text and not self._zero:
            raise Refused(f"{name} has a zero byte in it, which ends texts of programs")
        return text


class Path:
    """A file below a folder: the lab's, or that of a submission."""

    words = "a path below the folder, as src/shell.c"

    def read(self, node: Node, name: str, context: Context) -> str:
        """Return the path."""
        if not isinstance(node.content, str):
            raise wrong(node, name, self)
        if not is_below(node.content):
            raise Refused(f"{name} is {self.words}, not {node}", "without .. or a slash at an end")
        return node.content


class Whole:
    """A whole number."""

    def __init__(self, lowest: int, largest: int | None = None) -> None:
        self._lowest, self._largest = lowest, largest
        self.words = "a whole number" + _bounds(lowest, largest)

    def read(self, node: Node, name: str, context: Context) -> int:
        """Return the number."""
        number = node.content
        if isinstance(number, bool) or not isinstance(number, int):
            raise wrong(node, name, self)
        if number < self._lowest or (self._largest is not None and number > self._largest):
            raise wrong(node, name, self)
        return number


class Number:
    """A number that is finite."""

    def __init__(self, lowest: int, largest: int, *, above: bool = False) -> None:
        self._lowest, self._largest, self._above = lowest, largest, above
        self.words = f"a number above {lowest:,}, up to {largest:,}" if above else f"a number{_bounds(lowest, largest)}"

    def read(self, node: Node, name: str, context: Context) -> float:
        """Return the number."""
        number = node.content
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise wrong(node, name, self)
        low = math.isfinite(number) and (number > self._lowest if self._above else number >= self._lowest)
        if not low or number > self._largest:
            raise wrong(node, name, self)
        return float(number)


def _bounds(lowest: int, largest: int | None) -> str:
    return f" from {lowest:,} on" if largest is None else f" from {lowest:,} to {largest:,}"


class Flag:
    """True or false."""

    words = "true or false"

    def read(self, node: Node, name: str, context: Context) -> bool:
        """Return which."""
        if not isinstance(node.content, bool):
            advice = "write it without quotes" if node.content in ("true", "false") else ""
            raise wrong(node, name, self, advice)
        return node.content


def one_of(words: Iterable[str]) -> str:
    """Say which of some words it is: "a", "b" or "c"."""
    *first, last = [f'"{word}"' for word in words]
    return f"{', '.join(first)} or {last}" if first else last


class OneOf:
    """One of some words, which stand for values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.words = one_of(values)

    def read(self, node: Node, name: str, context: Context) -> Any:
        """Return what the word stands for."""
        if not isinstance(node.content, str) or node.content not in self._values:
            meant = suggestion(node.content, self._values) if isinstance(node.content, str) else ""
            raise wrong(node, name, self, meant.removeprefix("; "))
        return self._values[node.content]


class Several:
    """A list of values of a kind, or with ``single`` one of them as well."""

    def __init__(self, kind: Kind, plural: str, *, single: bool = False, least: int = 0, most: int = 1000) -> None:
        self._kind, self._single, self._least, self._most = kind, single, least, most
        self.words = f"{kind.words}, or a list of them" if single else f"a list of {plural}"

    def read(self, node: Node, name: str, context: Context) -> tuple[Any, ...]:
        """Return the values that are right."""
        if not isinstance(node.content, list):
            if not self._single:
                raise wrong(node, name, self, "write it in brackets: [ ]")
            return (self._kind.read(node, name, context),)
        if not self._least <= len(node.content) <= self._most:
            few = len(node.content) < self._least
            raise Refused(f"{name} is empty" if few else f"{name} has more than {self._most:,} entries")
        return tuple(read_all(node.content, self._kind, f"an entry of {name}", context))


def read_all(nodes: Sequence[Node], kind: Kind, name: str, context: Context) -> list[Any]:
    """Read the entries of a list, and note those that are refused."""
    values = []
    for node in nodes:
        try:
            values.append(kind.read(node, name, context))
        except Refused as refused:
            context.problems.refuse(refused, node.line)
    return values


class Fields(dict[str, Any]):
    """The values of a table by its keys. ``lines`` are those of the keys, right and wrong, ``line`` is its own."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Named:
    """A table whose keys the file chooses: ``check`` returns what is wrong with a name, ``what`` says what it names."""

    def __init__(self, kind: Kind, what: str, check: Callable[[str], str]) -> None:
        self._kind, self._what, self._check = kind, what, check
        self.words = f"a table, by {what}"

    def read(self, node: Node, name: str, context: Context) -> Fields:
        """Return the values that are right, by their names."""
        if not isinstance(node.content, dict):
            raise wrong(node, name, self)
        values = Fields(node.line)
        if len(node.content) > MOST_NAMES:
            raise Refused(f"{name} has more than {MOST_NAMES} entries")
        for key, inner in node.content.items():
            values.lines[key] = inner.line
            try:
                if problem := self._check(key):
                    raise Refused(f"{brief(key)} in {name}: {problem}")
                values[key] = self._kind.read(inner, brief(key), context)
            except Refused as refused:
                context.problems.refuse(refused, inner.line)
        return values


class Table:
    """A table of given keys. ``what`` it is for is said with an article; ``instead`` tells what to do of keys that it
    does not have.
    """

    def __init__(self, what: str, keys: Sequence[Key], *, instead: Mapping[str, str] | None = None) -> None:
        self.keys = {key.name: key for key in keys}
        self._what = what
        self._instead = instead or {}
        self.words = f"a table of {', '.join(self.keys)}" if len(keys) < 5 else "a table"

    def read(self, node: Node, name: str, context: Context) -> Fields:
        """Return the values that are right, in the order of the keys' rows."""
        if not isinstance(node.content, dict):
            raise wrong(node, name, self)
        fields = Fields(node.line)
        fields.lines = {key: inner.line for key, inner in node.content.items()}
        unknown = [key for key in node.content if key not in self.keys]
        for index, key in enumerate(unknown):
            meant = suggestion(key, self.keys).removeprefix("; ") if index < MOST_SUGGESTIONS else ""
            advice = self._instead.get(key) or meant or f"its keys are {', '.join(self.keys)}"
            context.problems.add(fields.lines[key], f"{self._what} has no key {brief(key)}", advice)
        for key, row in self.keys.items():
            if key in node.content:
                self._read_key(row, node.content[key], fields, context)
            elif row.is_required:
                context.problems.add(node.line, f"{self._what} needs {key}, {row.kind.words}")
        return fields

    def _read_key(self, row: Key, node: Node, fields: Fields, context: Context) -> None:
        try:
            fields[row.name] = row.kind.read(node, row.name, context)
        except Refused as refused:
            context.problems.refuse(refused, node.line)
