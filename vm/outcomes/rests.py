"""What remains to be read of an order, each kind of it once: equal rests are the same object.

A rest is put together of smaller ones, which are read beside each other or one before the other, as far as it can be.
So what symmetrical orders leave is equal, and what a part can begin with is found once for all rests that have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from vm.outcomes.posets import Poset, bits, taken
from vm.outcomes.shapes import Shapes
from vm.quantities import plural

DEEPEST = 60
"""Parts within parts, from where on they are not told apart."""
LONG = 256
"""Bytes that are enough to go on with."""


class TooLarge(Exception):
    """An automaton would have more nodes than are allowed. There are ``at_least`` so many outcomes."""

    def __init__(self, at_least: int = 0) -> None:
        super().__init__(at_least)
        self.at_least = at_least

    def __str__(self) -> str:
        return f"the automaton of the outputs is too large; it has at least {plural(self.at_least, 'outcome')}"


class Room:
    """How many more nodes there may be."""

    __slots__ = ("left",)

    def __init__(self, nodes: int) -> None:
        self.left = nodes

    def take(self, nodes: int) -> None:
        """Use room for so many. Raises :class:`TooLarge` when there is less."""
        self.left -= nodes
        if self.left < 0:
            raise TooLarge


class Rest:
    """What remains to be read: nothing, in this class itself.

    ``number`` names it among its :class:`Rests`. If all of its ``size`` events write the same text that is ``only``.
    """

    __slots__ = ("known", "number", "only", "size")

    def __init__(self, number: int, only: bytes | None = None, size: int = 0) -> None:
        self.number = number
        self.only = only
        self.size = size
        self.known: Moves | None = None

    @property
    def width(self) -> int:
        """How many others it refers to, which is what it takes of memory."""
        return 0

    def needed(self) -> Iterable[Rest]:
        """The rests whose moves have to be known before those of this one."""
        return ()

    def find(self, rests: Rests) -> Moves:
        """What remains after each text that may be read next."""
        return {}


Moves = dict[bytes, tuple[Rest, ...]]


class One(Rest):
    """One event."""

    __slots__ = ()

    def find(self, rests: Rests) -> Moves:
        """Its text, and nothing after it."""
        assert self.only is not None
        return {self.only: (rests.nothing,)}


class Beside(Rest):
    """Parts that have nothing to do with each other, sorted by their numbers."""

    __slots__ = ("parts",)

    def __init__(self, number: int, parts: tuple[Rest, ...]) -> None:
        texts = {part.only for part in parts}
        super().__init__(number, texts.pop() if len(texts) == 1 else None, sum(part.size for part in parts))
        self.parts = parts

    @property
    def width(self) -> int:
        """The number of parts."""
        return len(self.parts)

    def needed(self) -> Iterable[Rest]:
        """The parts."""
        return dict.fromkeys(self.parts)

    def find(self, rests: Rests) -> Moves:
        """A move of any part, beside the others."""
        found: dict[bytes, dict[Rest, None]] = {}
        for part in dict.fromkeys(self.parts):
            at = self.parts.index(part)
            others = self.parts[:at] + self.parts[at + 1 :]
            for text, after in (part.known or {}).items():
                found.setdefault(text, {}).update(dict.fromkeys(rests.beside((*others, each)) for each in after))
        return {text: tuple(after) for text, after in found.items()}


class Before(Rest):
    """A part all of which comes before ``then``. It is not of this class itself."""

    __slots__ = ("first", "then")

    def __init__(self, number: int, first: Rest, then: Rest) -> None:
        super().__init__(number, first.only if first.only == then.only else None, first.size + then.size)
        self.first = first
        self.then = then

    def needed(self) -> Iterable[Rest]:
        """The first part."""
        return (self.first,)

    def find(self, rests: Rests) -> Moves:
        """A move of the first part."""
        moves = (self.first.known or {}).items()
        return {text: tuple(rests.before(each, self.then) for each in after) for text, after in moves}


class Knot(Rest):
    """The events ``mask`` of a partial order, which is taken as it is."""

    __slots__ = ("mask", "poset")

    def __init__(self, number: int, poset: Poset, mask: int) -> None:
        texts = {poset.text(event) for event in bits(mask)}
        super().__init__(number, texts.pop() if len(texts) == 1 else None, mask.bit_count())
        self.poset = poset
        self.mask = mask

    @property
    def width(self) -> int:
        """The number of events, twice, for their relations."""
        return 2 * self.size

    def find(self, rests: Rests) -> Moves:
        """The text of any event that none of the others must come before."""
        found: dict[bytes, dict[Rest, None]] = {}
        for event in self.poset.first_of(self.mask):
            after = rests.of(self.poset, self.mask ^ 1 << event)
            found.setdefault(self.poset.text(event), {})[after] = None
        return {text: tuple(after) for text, after in found.items()}


class Mixed(Rest):
    """Knots one before the other, of which those events are read that write to ``stream``; later streams are left."""

    __slots__ = ("knots", "stream")

    def __init__(self, number: int, knots: tuple[Knot, ...], stream: int) -> None:
        super().__init__(number)
        self.knots = knots
        self.stream = stream

    @property
    def width(self) -> int:
        """The number of knots."""
        return len(self.knots)

    def find(self, rests: Rests) -> Moves:
        """The text of any event of the first knot that writes to the stream."""
        found: dict[bytes, dict[Rest, None]] = {}
        for at, knot in enumerate(self.knots):
            unread = knot.poset.with_text(knot.mask, self.stream)
            for event in knot.poset.first_of(unread):
                after = rests.knots(*taken(knot.poset, knot.mask, event, self.stream))
                rest = rests.mixed((*self.knots[:at], *after, *self.knots[at + 1 :]), self.stream)
                found.setdefault(knot.poset.labels[event][self.stream], {})[rest] = None
            if unread:
                break
        return {text: tuple(after) for text, after in found.items()}

    def split(self, rests: Rests) -> tuple[bytes, Mixed]:
        """The text that is read first in any case, and the rest after it."""
        texts, done = list[bytes](), list[Knot]()
        for at, knot in enumerate(self.knots):
            unread = knot.poset.with_text(knot.mask, self.stream)
            if unread & unread - 1:
                return b"".join(texts), rests.mixed((*done, *self.knots[at:]), self.stream)
            if unread:
                event = unread.bit_length() - 1
                texts.append(knot.poset.labels[event][self.stream])
                done += rests.knots(*taken(knot.poset, knot.mask, event, self.stream))
            else:
                done.append(knot)
        return b"".join(texts), rests.mixed(tuple(done), self.stream)


class Rests:
    """All rests of some orders."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._made: dict[tuple[object, ...], Rest] = {}
        self._within: dict[Poset, dict[int, Rest]] = {}
        self._shapes = Shapes()
        self.nothing = Rest(0)

    def start(self, parts: Sequence[tuple[Poset, int]], stream: int = 0) -> Rest:
        """The rest of sets of events, one before the other, of which nothing has been read from ``stream`` on."""
        if any(any(poset.labels[event][stream + 1 :]) for poset, mask in parts for event in bits(mask)):
            return self.mixed([knot for poset, mask in parts for knot in self.knots(poset, mask)], stream)
        found = self.nothing
        for poset, mask in reversed(parts):
            found = self.before(self.of(poset, mask), found)
        return found

    def moves(self, rest: Rest) -> Moves:
        """What remains after each text that may be read next; of a :class:`Mixed` one, from its stream."""
        waiting = [rest]
        while waiting:
            last = waiting[-1]
            needed = [each for each in last.needed() if each.known is None] if last.known is None else []
            waiting += needed
            if not needed:
                waiting.pop()
                last.known = last.find(self) if last.known is None else last.known
        return rest.known or {}

    def forced(self, rest: Rest) -> tuple[bytes, Rest]:
        """A text that is read first in any case, and the rest after it.

        The rest begins in more than one way, unless the text is long.
        """
        if isinstance(rest, Mixed):
            return rest.split(self)
        text = b""
        while rest is not self.nothing and len(text) < LONG:
            first, then = (rest.first, rest.then) if isinstance(rest, Before) else (rest, self.nothing)
            if first.only is None:
                break
            text += first.only * first.size
            rest = then
        return text, rest

    def next_stream(self, rest: Rest) -> Rest | None:
        """What is to be read of later streams, if nothing is left of this one."""
        if not isinstance(rest, Mixed):
            return rest if rest is self.nothing else None
        if any(knot.poset.with_text(knot.mask, rest.stream) for knot in rest.knots):
            return None
        return self.start([(knot.poset, knot.mask) for knot in rest.knots], rest.stream + 1)

    def of(self, poset: Poset, mask: int, depth: int = 0) -> Rest:
        """The rest of the events ``mask``, which write to one stream."""
        within = self._within.setdefault(poset, {})
        found = within.get(mask)
        if found is None:
            found = within[mask] = self._found(poset, mask, depth)
        return found

    def _found(self, poset: Poset, mask: int, depth: int) -> Rest:
        if not mask:
            return self.nothing
        if not mask & mask - 1:
            text = poset.text(mask.bit_length() - 1)
            return self._interned(("one", text), lambda number: One(number, text, 1))
        if depth < DEEPEST:
            components = poset.components(mask)
            if len(components) > 1:
                return self.beside([self.of(poset, part, depth + 1) for part in components])
            series = poset.in_series(mask)
            if len(series) > 1:
                found = self.nothing
                for part in reversed(series):
                    found = self.before(self.of(poset, part, depth + 1), found)
                return found
        return self.knot(poset, mask)

    def beside(self, rests: Iterable[Rest]) -> Rest:
        """Rests that are read beside each other."""
        parts: list[Rest] = []
        for rest in rests:
            if isinstance(rest, Beside):
                parts += rest.parts
            elif rest is not self.nothing:
                parts.append(rest)
        if len(parts) < 2:
            return parts[0] if parts else self.nothing
        parts.sort(key=attrgetter("number"))
        key = tuple(parts)
        return self._interned(key, lambda number: Beside(number, key))

    def before(self, first: Rest, then: Rest) -> Rest:
        """A rest all of which comes before another."""
        firsts = []
        while isinstance(first, Before):
            firsts.append(first.first)
            first = first.then
        found = then if first is self.nothing else first if then is self.nothing else self._before(first, then)
        for each in reversed(firsts):
            found = self._before(each, found)
        return found

    def _before(self, first: Rest, then: Rest) -> Rest:
        return self._interned(("before", first, then), lambda number: Before(number, first, then))

    def knot(self, poset: Poset, mask: int) -> Knot:
        """The events ``mask`` as they are."""
        found = self._interned(self._shapes.of(poset, mask), lambda number: Knot(number, poset, mask))
        assert isinstance(found, Knot)
        return found

    def knots(self, poset: Poset, mask: int) -> list[Knot]:
        """The events ``mask`` as knots, one before the other."""
        return [self.knot(poset, part) for part in poset.in_series(mask)] if mask else []

    def mixed(self, knots: Sequence[Knot], stream: int) -> Mixed:
        """Knots one before the other of which ``stream`` is read first."""
        parts = tuple(knots)
        found = self._interned(("mixed", stream, parts), lambda number: Mixed(number, parts, stream))
        assert isinstance(found, Mixed)
        return found

    def _interned(self, key: tuple[object, ...], make: Callable[[int], Rest]) -> Rest:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make(len(self._made) + 1)
            self._room.take(1 + found.width // 4)
        return found
