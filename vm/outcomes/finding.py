"""What two automata of outputs have in common: an outcome that follows a pattern, or passes any other guide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vm.outcomes.patterns import Pattern
from vm.outcomes.reading import Node, Reader
from vm.outcomes.rests import Rests, Room

Place = tuple[Node, bytes]
"""Where an automaton is: before the node, to which these bytes are still to be read."""


def find(reader: Reader, guides: Sequence[Guide], room: Room) -> tuple[list[bytes], Node] | None:
    """The first texts of the automaton that their guides let pass, one for each stream, and the node at their end.

    Returns None when there are no such texts. Raises :class:`vm.outcomes.rests.TooLarge` when finding them takes more
    room.
    """
    waiting = [((reader.root, b""), guides[0].start, [b"" for _ in guides])]
    seen = set()
    while waiting:
        here, there, texts = waiting.pop()
        if (here, there) in seen:
            continue
        seen.add((here, there))
        room.take(1)
        stream = here[0].stream
        ahead = []
        for text, node in _ahead(reader, here):
            for common, after in guides[stream].along(there, text):
                more = [*texts[:stream], texts[stream] + common, *texts[stream + 1 :]]
                ahead.append(((node, text[len(common) :]), after, more))
        waiting += reversed(ahead)
        if not here[1] and guides[stream].may_end(there):
            if here[0].ends:
                return texts, here[0]
            if here[0].stop is not None:
                waiting.append(((here[0].stop, b""), guides[stream + 1].start, texts))
    return None


class Guide:
    """An automaton that texts have to pass; this one lets any. Its places can be hashed."""

    start: Any = None

    def along(self, place: Any, text: bytes) -> list[tuple[bytes, Any]]:
        """As much of the text as can be read from the place, and where that leads to."""
        return [(text, place)]

    def may_end(self, place: Any) -> bool:
        """True where the text may end."""
        return True


class PatternGuide(Guide):
    """What follows a pattern."""

    def __init__(self, pattern: Pattern, room: Room) -> None:
        self._reader = reader_of([pattern], room)
        self.start: Place = (self._reader.root, b"")

    def along(self, place: Place, text: bytes) -> list[tuple[bytes, Place]]:
        """As much of the text as both have in common."""
        found: list[tuple[bytes, Place]] = []
        for other, node in _ahead(self._reader, place):
            size = min(len(text), len(other))
            if text[:size] == other[:size]:
                found.append((text[:size], (node, other[size:])))
        return found

    def may_end(self, place: Place) -> bool:
        """True where nothing of the pattern is left."""
        node, text = place
        self._reader.edges(node)
        return not text and bool(node.ends)


def reader_of(patterns: Iterable[Pattern], room: Room) -> Reader:
    """Return the automaton of the texts that follow any of the patterns."""
    rests = Rests(room)
    posets = [pattern.poset() for pattern in patterns]
    return Reader(rests, [(rests.start([(poset, poset.all)]), 0) for poset in posets], 1, room)


def _ahead(reader: Reader, place: Place) -> Sequence[tuple[bytes, Node]]:
    """The texts that may be read next."""
    node, text = place
    return [(text, node)] if text else reader.edges(node)
