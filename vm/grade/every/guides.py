"""What is expected of a text, as an automaton that reads the text piece by piece.

An automaton of outputs is held against it, which may have more outputs than anybody can go through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vm.grade.allowed import ROOM, Allowed
from vm.grade.lab import How, Space, Text
from vm.outcomes.finding import Guide, reader_of
from vm.outcomes.patterns import Pattern
from vm.outcomes.reading import Reader
from vm.outcomes.rests import Room


class Walk(Protocol):
    """An automaton of the texts that are as expected. Its places can be hashed; None is where no text is any more."""

    start: Any

    def step(self, place: Any, text: bytes) -> Any:
        """Return where a text leads to from a place that is not None."""

    def accepts(self, place: Any) -> bool:
        """Tell whether the text may end here."""


class Read:
    """The texts of an automaton of outputs."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.start: Any = (reader.root, b"")

    def step(self, place: Any, text: bytes) -> Any:
        """Return where a text leads to: before a node, and what is to be read up to there."""
        node, pending = place
        while text:
            if not pending:
                edges = self._reader.edges(node)
                edge = next((edge for edge in edges if edge[0][0] == text[0]), None)
                if edge is None:
                    return None
                pending, node = edge
            size = min(len(pending), len(text))
            if pending[:size] != text[:size]:
                return None
            pending, text = pending[size:], text[size:]
        return node, pending

    def accepts(self, place: Any) -> bool:
        """Tell whether one of the texts ends here."""
        node, pending = place
        self._reader.edges(node)
        return not pending and bool(node.ends)


class Contains:
    """The texts in which all of ``parts`` come, one behind the other: a place is which is next, how much of it came."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = [part for part in parts if part]
        self._tables = [_failures(part) for part in self._parts]
        self.start: Any = (0, 0)

    def step(self, place: Any, text: bytes) -> Any:
        """Return where a text leads to."""
        at, came = place
        for byte in text:
            if at == len(self._parts):
                break
            came = _next(self._parts[at], self._tables[at], came, byte)
            if came == len(self._parts[at]):
                at, came = at + 1, 0
        return at, came

    def accepts(self, place: Any) -> bool:
        """Tell whether all have come."""
        return bool(place[0] == len(self._parts))


class Lacks:
    """The texts in which none of ``parts`` comes: a place is how much of each came."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = [part for part in parts if part]
        self._tables = [_failures(part) for part in self._parts]
        self.start: Any = tuple(0 for _ in self._parts)

    def step(self, place: Any, text: bytes) -> Any:
        """Return where a text leads to; None if one of them comes in it."""
        for byte in text:
            pairs = zip(self._parts, self._tables, place, strict=True)
            place = tuple([_next(part, table, came, byte) for part, table, came in pairs])
            if any(came == len(part) for part, came in zip(self._parts, place, strict=True)):
                return None
        return place

    def accepts(self, place: Any) -> bool:
        """Tell that none has come."""
        return True


def _failures(part: bytes) -> list[int]:
    """How much of a part came, where so much had come and the next byte is another one (Knuth, Morris and Pratt)."""
    table, came = [0] * (len(part) + 1), 0
    for at in range(1, len(part)):
        while came and part[at] != part[came]:
            came = table[came]
        came += part[at] == part[came]
        table[at + 1] = came
    return table


def _next(part: bytes, table: list[int], came: int, byte: int) -> int:
    while came and part[came] != byte:
        came = table[came]
    return came + (part[came] == byte)


def walk_of(text: Text, allowed: Allowed | None, stream: str) -> Walk | None:
    """Return the automaton of what is expected of a stream; None where there is none that is exact.

    There is none of regular expressions, and where not all white space counts, or case does not.
    """
    if text.space is not Space.EXACT or text.ignores_case or text.how is How.REGEX:
        return None
    if text.how is How.CONTAINS:
        return Contains(text.texts)
    if text.how is How.LACKS:
        return Lacks(text.texts)
    if text.how is How.REFERENCE:
        return None if allowed is None else Read(allowed.reader(stream))
    if text.how is How.PATTERN:
        patterns = [Pattern.of(each.decode("utf-8", "surrogateescape")) for each in text.texts]
    else:
        patterns = [Pattern((each,), ((),)) if each else Pattern((), ()) for each in text.texts]
    return Read(reader_of(patterns, Room(ROOM)))


class Meets(Guide):
    """Lets texts pass that are as all of ``walks`` expect; a place has one of each."""

    def __init__(self, walks: Sequence[Walk]) -> None:
        self._walks = walks
        self.start: Any = _all([walk.start for walk in walks])

    def along(self, place: Any, text: bytes) -> list[tuple[bytes, Any]]:
        """The text, if it may go on like that."""
        after = _after(self._walks, place, text)
        return [] if after is None else [(text, after)]

    def may_end(self, place: Any) -> bool:
        """True where all expectations are met."""
        return place is not None and _accept(self._walks, place)


class Misses(Guide):
    """Lets texts pass that are not as all of ``walks`` expect; None is where nothing that follows mends it."""

    def __init__(self, walks: Sequence[Walk]) -> None:
        self._walks = walks
        self.start: Any = _all([walk.start for walk in walks])

    def along(self, place: Any, text: bytes) -> list[tuple[bytes, Any]]:
        """The text, with where it leads to."""
        return [(text, _after(self._walks, place, text))]

    def may_end(self, place: Any) -> bool:
        """True where an expectation is not met."""
        return place is None or not _accept(self._walks, place)


def _after(walks: Sequence[Walk], place: Any, text: bytes) -> Any:
    if place is None:
        return None
    return _all([walk.step(each, text) for walk, each in zip(walks, place, strict=True)])


def _all(places: list[Any]) -> Any:
    return None if any(place is None for place in places) else tuple(places)


def _accept(walks: Sequence[Walk], place: Any) -> bool:
    return all(walk.accepts(each) for walk, each in zip(walks, place, strict=True))
