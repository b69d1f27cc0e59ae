"""What two automata of outputs have in common: an outcome that follows a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from vm.outcomes.patterns import Pattern
from vm.outcomes.reading import Node, Reader
from vm.outcomes.rests import Rests, Room

Place = tuple[Node, bytes]
"""Where an automaton is: before the node, to which these bytes are still to be read."""


def find(reader: Reader, patterns: Sequence[Pattern | None], room: Room) -> tuple[list[bytes], Node] | None:
    """The first texts of the automaton that follow the patterns, one for each stream, and the node at their end.

    Without a pattern any text will do. Returns None when there are no such texts. Raises
    :class:`vm.outcomes.rests.TooLarge` when finding them takes more room.
    """
    guides = [_Guide(pattern, room) if pattern else _Anything() for pattern in patterns]
    waiting = [((reader.root, b""), guides[0].start, [b"" for _ in patterns])]
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


class _Anything:
    """What follows no pattern."""

    start: Place | None = None

    def along(self, place: Place | None, text: bytes) -> list[tuple[bytes, Place | None]]:
        """As much of the text as can be read from the place, and where that leads to."""
        return [(text, place)]

    def may_end(self, place: Place | None) -> bool:
        """True where the text may end."""
        return True


class _Guide(_Anything):
    """What follows a pattern."""

    def __init__(self, pattern: Pattern, room: Room) -> None:
        rests, poset = Rests(room), pattern.poset()
        self._reader = Reader(rests, [(rests.start([(poset, poset.all)]), 0)], 1, room)
        self.start = (self._reader.root, b"")

    def along(self, place: Place | None, text: bytes) -> list[tuple[bytes, Place | None]]:
        """As much of the text as both have in common."""
        assert place is not None
        found: list[tuple[bytes, Place | None]] = []
        for other, node in _ahead(self._reader, place):
            size = min(len(text), len(other))
            if text[:size] == other[:size]:
                found.append((text[:size], (node, other[size:])))
        return found

    def may_end(self, place: Place | None) -> bool:
        """True where nothing of the pattern is left."""
        assert place is not None
        node, text = place
        self._reader.edges(node)
        return not text and bool(node.ends)


def _ahead(reader: Reader, place: Place) -> Sequence[tuple[bytes, Node]]:
    """The texts that may be read next."""
    node, text = place
    return [(text, node)] if text else reader.edges(node)
