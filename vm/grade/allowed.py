"""What a program may write: all that another one, the reference solution, can write under any schedule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import islice

from vm.outcomes.finding import reader_of
from vm.outcomes.patterns import Pattern
from vm.outcomes.reading import Reader
from vm.outcomes.rests import Room, TooLarge

ROOM = 100_000
"""Nodes of an automaton that are kept at a time: some 60 megabytes of the host's memory."""


class Allowed:
    """The texts of a program's streams, each stream for itself: those that follow any of its patterns.

    ``patterns`` are by stream: "output" and "errors", or "terminal". A pattern is what a class of runs writes, as a
    partial order of pieces. So a few lines tell of a hundred million texts, and are sent elsewhere at no cost.
    ``reason`` says why these are not all that there are; nothing is to be judged by them then.
    """

    __slots__ = ("_readers", "patterns", "reason")

    def __init__(self, patterns: Mapping[str, tuple[Pattern, ...]], reason: str = "") -> None:
        self.patterns = dict(patterns)
        self.reason = reason
        self._readers: dict[str, Reader] = {}

    def __reduce__(self) -> tuple[type[Allowed], tuple[dict[str, tuple[Pattern, ...]], str]]:
        return Allowed, (self.patterns, self.reason)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Allowed):
            return NotImplemented
        return self.patterns == other.patterns and self.reason == other.reason

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        count = {stream: len(patterns) for stream, patterns in self.patterns.items()}
        return f"<Allowed, patterns by stream: {count}{f'; {self.reason}' if self.reason else ''}>"

    @property
    def is_complete(self) -> bool:
        """True if there are no other texts."""
        return not self.reason

    @property
    def digest(self) -> str:
        """A name that equal ones have in common, as 64 hexadecimal digits."""
        told = [(stream, [(each.pieces, each.after) for each in self.patterns[stream]]) for stream in self.streams]
        return hashlib.sha256(repr((told, self.reason)).encode()).hexdigest()

    @property
    def streams(self) -> list[str]:
        """The streams that something is known of."""
        return sorted(self.patterns)

    def permits(self, data: bytes, stream: str = "output") -> bool:
        """Tell whether a stream can have this text. Raises TooLarge where that takes too much room."""
        return self._asked(stream, data) is not None

    def count(self, stream: str = "output") -> int:
        """How many texts a stream can have. Raises TooLarge."""
        return self._fresh(stream).count()

    def examples(self, limit: int = 3, stream: str = "output") -> list[bytes]:
        """Return the first texts of a stream, in the order of their bytes, at most so many."""
        return list(islice(_texts(self._fresh(stream)), limit))

    def reader(self, stream: str = "output") -> Reader:
        """Return the automaton of a stream's texts, with room to go on."""
        reader = self._readers.get(stream)
        return self._fresh(stream) if reader is None or reader.is_full else reader

    def _fresh(self, stream: str) -> Reader:
        reader = self._readers[stream] = reader_of(self.patterns.get(stream, ()), Room(ROOM))
        return reader

    def _asked(self, stream: str, data: bytes) -> object:
        if stream not in self.patterns:
            raise ValueError(f"nothing is known of what the reference solution writes to {stream}")
        try:
            return self.reader(stream).path([data])
        except TooLarge:
            return self._fresh(stream).path([data])


def _texts(reader: Reader) -> Iterator[bytes]:
    """The texts of an automaton in the order of their bytes."""
    waiting = [(reader.root, b"")]
    while waiting:
        node, text = waiting.pop()
        edges = reader.edges(node)
        if node.ends:
            yield text
        waiting += [(after, text + more) for more, after in reversed(edges)]
