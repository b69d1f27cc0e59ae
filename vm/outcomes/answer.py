"""The answer to what a program can print, as Python has it: count it, go through it, ask for one and for the reason.

>>> from forklore import Machine
>>> outcomes = Machine().outcomes("programs/fork_order.s")
>>> outcomes.count, outcomes.complete, "parent\\nchild\\n" in outcomes
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vm.lines import STRONG, Line, Part, html, line, plain
from vm.outcomes.escapes import os_bytes
from vm.outcomes.exploration import Exploration
from vm.outcomes.kinds import Kind, Possible, kinds_of
from vm.outcomes.listing import Numbered
from vm.outcomes.orders import STREAMS, End, Order, Outcome, Step
from vm.outcomes.patterns import Pattern
from vm.outcomes.rests import TooLarge
from vm.outcomes.sources import Sources
from vm.outcomes.telling import (
    COLUMNS,
    UP_TO,
    Group,
    Where,
    bounded,
    ending,
    explained,
    headline,
    listed,
    listed_in_pages,
    stuck,
    told_steps,
)
from vm.text import brief

if TYPE_CHECKING:
    from vm.outcomes.cases import Reason
    from vm.schedules.schedule import Schedule

MOST_TOLD = 2_000
"""Classes that are run once more for the lines that their calls come from."""
UNCOUNTED = "too many to be counted"
PAGE = 1000
"""Outcomes that are listed together: only of so many it is found out what all have in common."""
SHOWN = 20
"""Outcomes that are shown of many."""

Text = bytes | str | Outcome | Pattern
"""What is asked for: what is written to the terminal, or to a standard output that is a pipe, or a pattern of that; or
a whole outcome."""


class Outcomes:
    """Every outcome that a program can have, as far as it was explored.

    They can be gone through, those that end well first and then by what they write; ``len`` and ``in`` work as for a
    set. What is asked for may be bytes or a text (in UTF-8): what the terminal shows, or where standard output is a
    pipe what goes through it, whatever else happens; a :class:`~vm.outcomes.patterns.Pattern` of that; or an
    :class:`~vm.outcomes.orders.Outcome`. ``is_piped``: output and errors are two pipes, and no terminal.
    """

    def __init__(self, exploration: Exploration, sources: Sources, *, is_piped: bool = False) -> None:
        self._exploration = exploration
        self.orders = exploration.orders
        self._sources = sources
        self.where: Where = sources.where
        self.is_piped = is_piped
        self._stream = "output" if is_piped else "terminal"
        self._kinds = kinds_of(self.orders)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self._exploration, self._sources, self.is_piped)

    @cached_property
    def told_orders(self) -> tuple[Order, ...]:
        """The orders as they are told: with the lines of the program's own source that its calls come from.

        For that each is run once more. Of very many the lines are those of the calls themselves.
        """
        return self._exploration.orders_by_source if len(self.orders) <= MOST_TOLD else self.orders

    # --- how many, and how sure ---------------------------------------------------------------------------------------

    @cached_property
    def count(self) -> int:
        """How many there are: exactly if ``complete``, else at least."""
        return sum(kind.counted[0] for kind in self._kinds)

    @property
    def complete(self) -> bool:
        """True when every run was looked at, within ``bounds`` that are rules; False when a limit ended that before."""
        return self.is_explored and self._is_counted

    @property
    def is_explored(self) -> bool:
        """True when every run was looked at, even if the outcomes are too many to be counted."""
        return self._exploration.complete and not any(kind.end.limit for kind in self._kinds)

    @property
    def _is_counted(self) -> bool:
        return all(kind.counted[1] for kind in self._kinds)

    @property
    def bounds(self) -> tuple[str, ...]:
        """What was not explored in full, for people: "up to …"."""
        limits = dict.fromkeys(kind.end.limit for kind in self._kinds if kind.end.limit)
        ended = [f"up to the {limit}" for limit in limits]
        return (*self._exploration.bounds, *ended, *(() if self._is_counted else (UNCOUNTED,)))

    @property
    def runs(self) -> int:
        """How many runs of the machine that took."""
        return self._exploration.runs

    @property
    def steps(self) -> int:
        """How many different steps there are in all classes together."""
        return self._exploration.steps

    @property
    def seconds(self) -> float:
        """How long that took, on this computer's clock."""
        return self._exploration.seconds

    @property
    def ends(self) -> dict[End, int]:
        """How many outcomes there are of each way to end."""
        return {kind.end: kind.counted[0] for kind in self._kinds}

    # --- each of them -------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.count

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def __iter__(self) -> Iterator[Outcome]:
        for kind in self._kinds:
            yield from kind.outputs

    def nth(self, number: int) -> Outcome:
        """Return outcome ``number`` of those that a list shows, from 1. Raises IndexError, and TooLarge."""
        left = number - 1
        for kind in self._kinds:
            if 0 <= left < kind.counted[0]:
                return kind.outputs.at(left)
            left -= kind.counted[0]
        raise IndexError(f"there is no outcome {number:,}; the last one is {self.count:,}")

    def sample(self, count: int = 1, seed: int = 0) -> list[Outcome]:
        """Return ``count`` of them, each as likely as any other; the same for the same ``seed``. Raises TooLarge, and
        ValueError for less than none.
        """
        if count < 0:
            raise ValueError(f"no {count} outcomes can be chosen: it takes 0 or more")
        rng = random.Random(seed)
        chosen = rng.choices(self._kinds, [kind.outputs.count for kind in self._kinds], k=count) if self else []
        return [kind.outputs.sample(rng) for kind in chosen]

    # --- one of them --------------------------------------------------------------------------------------------------

    def __contains__(self, text: object) -> bool:
        return isinstance(text, bytes | str | Outcome | Pattern) and self.find(text) is not None

    def find(self, text: Text) -> Possible | None:
        """Return a run that has this outcome, or any with this text; None if there is none. Raises TooLarge."""
        if isinstance(text, Outcome):
            return next((kind.run_of(text) for kind in self._kinds if kind.end == text.end), None)
        pattern = text if isinstance(text, Pattern) else _literal(_data(text))
        found = (kind.find(self._stream, pattern) for kind in self._kinds)
        return next((each for each in found if each is not None), None)

    def schedule(self, text: Text) -> Schedule:
        """Return a schedule of a run that has this outcome. Raises LookupError if there is none."""
        found = self.find(text)
        if found is None:
            raise LookupError(f"{brief(text)} is no outcome of this program")
        return self.schedule_of(found)

    def schedule_of(self, possible: Possible) -> Schedule:
        """Return a schedule of this run."""
        return self._exploration.schedule(possible.index, possible.sequence)

    def why_not(self, text: Text) -> str | None:
        """Return why there is no such outcome, a sentence a line; None if there is one, or none is known."""
        return "\n".join(self.reasons(text)) or None

    def reasons(self, text: Text) -> list[str]:
        """Return why there is no such outcome, in sentences.

        None are known for a pattern, if not every class was explored, or if there is such an outcome.
        """
        from vm.outcomes.sentences import sentences

        reason = self._reason(text)
        return sentences(reason, self._sources.place_of) if reason is not None else []

    def _reason(self, text: Text) -> Reason | None:
        from vm.outcomes.reasons import why_not

        if not self.is_explored or self._exploration.is_by_states or isinstance(text, Pattern):
            return None
        if not isinstance(text, Outcome):
            return why_not(self.told_orders, {self._stream: _data(text)})
        texts = {name: getattr(text, name) for name in STREAMS}
        wanted = {name: data for name, data in texts.items() if data or name == self._stream}
        return why_not(self.told_orders, wanted, text.end)

    def draw(self, possible: Possible, file: Path, form: str) -> None:
        """Draw what the processes of a run do and wait for; ``form`` is "svg" or "png". Raises CannotDraw, OSError."""
        from vm.outcomes.picture import draw

        def line_of(step: Step) -> int | None:
            place = self._sources.place_of(step)
            return place.line or None if place is not None else None

        draw(self.told_orders[possible.index], file, form, line_of=line_of)

    # --- shown --------------------------------------------------------------------------------------------------------

    def groups(self, limit: int | None = SHOWN) -> list[Group]:
        """Return the first ``limit`` outcomes, or all of them, with their numbers, by the ways they end."""
        found, number = [], 0
        for kind in self._kinds:
            left = None if limit is None else max(0, limit - number)
            shown = tuple([Numbered(number + index, each) for index, each in enumerate(kind.first(left), 1)])
            found.append(self._group(kind, shown))
            number += found[-1].count
        return found

    def _group(self, kind: Kind, shown: tuple[Numbered, ...]) -> Group:
        order = self.told_orders[kind.indices[0]] if kind.end.stuck else None
        end = order.end if order is not None else kind.end
        return Group(end, order, max(len(shown), kind.counted[0]), shown)

    def _pages(self, limit: int | None) -> Iterator[Group]:
        """As groups, of a thousand outcomes at most, so that nobody has to hold all of them."""
        number = 0
        for kind in self._kinds:
            rest = enumerate(kind.first(None if limit is None else max(0, limit - number)), number + 1)
            while page := tuple([Numbered(*each) for each in islice(rest, PAGE)]):
                yield self._group(kind, page)
            number += kind.counted[0]

    def numbered(self, limit: int | None = SHOWN) -> list[Numbered]:
        """Return the first ``limit`` outcomes, or all of them, with their numbers."""
        return [each for group in self.groups(limit) for each in group.shown]

    @property
    def _headline(self) -> Line:
        return headline(self.count, self.complete, self.bounds, list(self.ends))

    def lines(self, columns: int = COLUMNS, limit: int | None = SHOWN) -> Iterator[Line]:
        """Yield the lines of a report: how many there are, and the first ``limit`` of them, or all."""
        yield self._headline
        yield from explained(self.bounds, columns)
        if self.count > PAGE and (limit is None or limit > PAGE):
            yield from listed_in_pages(self._pages(limit), self.where, columns, are_alike=len(self._kinds) == 1)
        else:
            yield from listed(self.groups(limit), self.where, columns, are_all=self.complete)

    def sample_lines(self, sample: Sequence[Outcome], columns: int = COLUMNS) -> Iterator[Line]:
        """Yield the lines of a report on some of the outcomes, which have no numbers."""
        ends = [kind for kind in self._kinds if any(each.end == kind.end for each in sample)]
        yield self._headline
        yield from explained(self.bounds, columns)
        groups = []
        for kind in ends:
            shown = tuple([Numbered(0, each) for each in sample if each.end == kind.end])
            groups.append(replace(self._group(kind, shown), count=len(shown)))
        yield from listed(groups, self.where, columns, are_all=self.complete and len(set(sample)) == self.count)

    def run_lines(self, possible: Possible, number: int | None = None) -> Iterator[Line]:
        """Yield the lines of a report on how an outcome comes about, which has this number in the list."""
        told = "possible" if number is None else f"outcome {number:,} of {self.count:,}"
        yield line(Part(told, STRONG), f": {ending(possible.outcome.end)}, in this order")
        order = self.told_orders[possible.index]
        yield from stuck(order.end, order, self.where)
        yield from told_steps(order, possible.sequence, self.where)

    def refusal_lines(self, text: Text, columns: int = COLUMNS) -> Iterator[Line]:
        """Yield the lines of a report on that there is no outcome with this text."""
        reason = self._reason(text)
        if reason is not None:
            from vm.outcomes.explaining import reason_lines

            yield from reason_lines(reason, self._sources, columns, bounded("impossible", self.bounds))
        elif self.is_explored:
            untold = ": no run follows this pattern" if isinstance(text, Pattern) else ""
            yield line(Part(bounded("impossible", self.bounds), STRONG), untold)
        else:
            yield line(Part("not found", STRONG), bounded(",", self.bounds))
        yield from self._but_for_a_newline(text)
        yield from explained([bound for bound in self.bounds if bound.startswith(UP_TO)], columns)

    def _but_for_a_newline(self, text: Text) -> Iterator[Line]:
        """Tell if a newline at the end of a text, too many or too few, is all that is wrong with it."""
        if not isinstance(text, bytes | str):
            return
        data = _data(text)
        ends = data.endswith(b"\n")
        with suppress(TooLarge):
            if (data[:-1] if ends else data + b"\n") in self:
                yield line(f"  {'without the' if ends else 'with a'} newline at its end it is possible")

    def __str__(self) -> str:
        return plain(self.lines()).rstrip("\n")

    def __repr__(self) -> str:
        return f"<{plain([self._headline])[:-1]}>"

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        printer.text("<Outcomes …>" if is_cycle else str(self))

    def _repr_html_(self) -> str:
        return html(self.lines())


def _made(exploration: Exploration, sources: Sources, is_piped: bool) -> Outcomes:
    return Outcomes(exploration, sources, is_piped=is_piped)


def _literal(data: bytes) -> Pattern:
    return Pattern((data,), ((),)) if data else Pattern((), ())


def _data(text: bytes | str) -> bytes:
    if not isinstance(text, bytes | str):
        raise TypeError(f"an output is bytes, a text, a Pattern or an Outcome, not {type(text).__name__}")
    return os_bytes(text) if isinstance(text, str) else text
