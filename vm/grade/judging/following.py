"""How far a text follows a pattern with braces, where not all white space counts."""

from __future__ import annotations

from vm.grade.judging.differing import common
from vm.grade.judging.normal import AT_ENDS, WHITE, Normal, folded, letters_of
from vm.grade.lab import Space
from vm.outcomes.patterns import Pattern
from vm.values import dataclass

ROOM = 30_000
"""Places that are looked at, at most."""


class TooMany(Exception):
    """A pattern has so many ways to be followed that they were not all tried."""


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the best way goes: to letter ``at`` of the normal text, where one of ``pieces`` has to come, or go on.

    ``is_right``: all of it follows the pattern. ``is_between``: none of the pieces has begun; if there is none, the
    text goes on where it has to end.
    """

    is_right: bool
    at: int
    pieces: tuple[str, ...]
    is_between: bool = True


def follow(pattern: Pattern, text: str, space: Space, *, ignores_case: bool) -> Followed:
    """Follow a pattern as far as a normal text does. Raises TooMany."""
    found = _Follower(pattern, text, space, ignores_case)
    return found.follow()


class _Follower:
    def __init__(self, pattern: Pattern, text: str, space: Space, ignores_case: bool) -> None:
        pieces = [letters_of(piece) for piece in pattern.pieces]
        self._pieces = [folded(piece) for piece in pieces] if ignores_case else pieces
        self._shown = pieces
        self._text = text
        self._space = space
        self._rank = -1, False
        self._wanted: set[int] = set()
        self._all = (1 << len(pieces)) - 1
        self._needs = [sum(1 << before for before in after) for after in pattern.after]
        self._above: list[list[int]] = [[] for _ in pieces]
        for number, after in enumerate(pattern.after):
            for before in after:
                self._above[before].append(number)
        earlier: dict[tuple[str, tuple[int, ...], tuple[int, ...]], int] = {}
        self._earlier = []
        for number, (piece, after) in enumerate(zip(self._pieces, pattern.after, strict=True)):
            kind = piece, after, tuple(self._above[number])
            self._earlier.append(earlier.get(kind, 0))
            earlier[kind] = earlier.get(kind, 0) | 1 << number

    def follow(self) -> Followed:
        """Try all ways, each place once."""
        first = tuple([number for number, needs in enumerate(self._needs) if not needs])
        waiting: list[tuple[int, int, str, tuple[int, ...]]] = [(0, 0, "", first)]
        seen = {(0, 0, "")}
        while waiting:
            done, at, held, ready = waiting.pop()
            if done == self._all and at == len(self._text):
                return Followed(True, at, ())
            self._note(at, 0, ready)
            for number in reversed(ready):
                if self._earlier[number] & ~done:
                    continue
                body, after = self._settle(held + self._pieces[number], at)
                same = common(body, self._text[at : at + len(body)])
                self._note(at, same, (number,))
                place = (done | 1 << number, at + len(body), after)
                if same == len(body) and place not in seen:
                    seen.add(place)
                    waiting.append((*place, self._ready(place[0], ready, number)))
            if len(seen) > ROOM:
                raise TooMany
        return self._furthest()

    def _note(self, at: int, same: int, pieces: tuple[int, ...]) -> None:
        """Note that a way goes so far, to between two pieces or ``same`` letters into one, if none goes further."""
        rank = at + same, not same
        if rank > self._rank:
            self._rank, self._wanted = rank, set()
        if rank == self._rank:
            self._wanted.update(pieces)

    def _furthest(self) -> Followed:
        wanted = dict.fromkeys([self._shown[number] for number in sorted(self._wanted)])
        return Followed(False, self._rank[0], tuple(wanted), is_between=self._rank[1])

    def _ready(self, done: int, before: tuple[int, ...], taken: int) -> tuple[int, ...]:
        """The pieces that may come next once one was taken of those that might before."""
        fresh = [number for number in self._above[taken] if not self._needs[number] & ~done]
        return (*(number for number in before if number != taken), *fresh)

    def _settle(self, text: str, at: int) -> tuple[str, str]:
        """What of a text is sure to be in a normal one, at a place; and the white space at its end, which may not."""
        if self._space is Space.EXACT:
            return text, ""
        if self._space is Space.TRAILING:
            body = text.rstrip(AT_ENDS + "\n")
            lines = text[len(body) :].split("\n")
            return "\n".join([line.rstrip(AT_ENDS) for line in body.split("\n")]), "\n" * (len(lines) - 1) + lines[-1]
        body = Normal(text, self._space).text
        if self._space is Space.IGNORED or not text:
            return body, ""
        lead = " " if body and at and text[0] in WHITE else ""
        return lead + body, " " if text[-1] in WHITE else ""
