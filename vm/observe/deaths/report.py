"""The report of a run: who died and how, which calls were refused, where everybody was when the machine ended it.

What is needed to tell it is kept when it happens; it is put into words, for which the image's symbols and debugging
information are read, when somebody looks. That may be another process: a report pickles, put into words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vm.text import brief

if TYPE_CHECKING:  # from below: imported when it is needed, so that a run starts sooner
    from vm.observe.deaths.entries import Death, RefusedCall, Whereabouts
    from vm.observe.deaths.remains import Left, Refused, Remains
    from vm.observe.symbols import Symbols

MOST_DEATHS, MOST_REFUSED, MOST_LEFT = 8, 8, 8
"""Deaths that differ, numbers of calls, and processes that are told of; the others are counted."""

_MOST = {"death": MOST_DEATHS, "call": MOST_REFUSED}


class Report:
    """What a run's exit status does not tell.

    ``deaths``, ``refused_calls`` and ``whereabouts`` are tuples of what their names say, the first few of each;
    ``more_deaths``, ``more_refused`` and ``more_left`` count those beyond.
    """

    def __init__(self) -> None:
        self.more_deaths = 0
        self.more_refused = 0
        self.more_left = 0
        self._entries: list[Remains | Refused] = []
        self._counts: list[int] = []
        self._known: dict[object, int] = {}
        self.left: list[Left] = []
        self._told: dict[int, Death | RefusedCall] = {}
        self._whereabouts: tuple[Whereabouts, ...] | None = None
        self._symbols: dict[bytes, Symbols] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        counts = self.more_deaths, self.more_refused, self.more_left
        return _restored, (self.deaths, self.refused_calls, self.whereabouts, counts)

    def __eq__(self, other: object) -> bool:
        """Equal reports tell the same."""
        return isinstance(other, Report) and self.__reduce__() == other.__reduce__()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        told = [f"{name}={brief(getattr(self, name))}" for name in ("deaths", "refused_calls", "whereabouts")]
        return f"Report({', '.join(told)})"

    def twin(self) -> Report:
        """Make a report that tells the same so far, and is filled by itself from now on."""
        twin = Report()
        for name, value in vars(self).items():
            setattr(twin, name, value.copy() if isinstance(value, list | dict) else value)
        return twin

    # --- filling --------------------------------------------------------------------------------------------------

    def add(self, entry: Remains | Refused) -> int | None:
        """Take a new entry; its number, None for one that is like an earlier one or one too many."""
        known = self._known.get(entry.likeness)
        if known is not None:
            self._counts[known] += 1
            return None
        if sum(other.kind == entry.kind for other in self._entries) >= _MOST[entry.kind]:
            self.more_deaths += entry.kind == "death"
            self.more_refused += entry.kind == "call"
            return None
        self._known[entry.likeness] = len(self._entries)
        self._entries.append(entry)
        self._counts.append(1)
        return len(self._entries) - 1

    # --- telling --------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to tell."""
        return not (self._counts or self.left or self._whereabouts or self.more_deaths or self.more_refused)

    def entry(self, number: int) -> Death | RefusedCall:
        """An entry in words, in the order in which they happened."""
        from vm.observe.deaths.death import describe

        if number not in self._told:
            raw = self._entries[number]
            self._told[number] = describe(raw, self._symbols_of(raw.image))
        return self._told[number]

    def _symbols_of(self, image: bytes) -> Symbols:
        from vm.observe.symbols import Symbols

        if image not in self._symbols:
            self._symbols[image] = Symbols(image)
        return self._symbols[image]

    @property
    def deaths(self) -> tuple[Death, ...]:
        """The deaths by signal that differ, each with how often it happened."""
        from vm.observe.deaths.entries import Death

        found = [(self.entry(number), count) for number, count in enumerate(self._counts)]
        return tuple([replace(entry, count=count) for entry, count in found if isinstance(entry, Death)])

    @property
    def refused_calls(self) -> tuple[RefusedCall, ...]:
        """The system calls that the machine does not make, each number once."""
        from vm.observe.deaths.entries import RefusedCall

        found = map(self.entry, range(len(self)))
        return tuple([entry for entry in found if isinstance(entry, RefusedCall)])

    @property
    def whereabouts(self) -> tuple[Whereabouts, ...]:
        """Where each process was when the machine ended the run."""
        from vm.observe.deaths.death import describe_left

        if self._whereabouts is None:
            self._whereabouts = tuple(
                [describe_left(left, self._symbols_of(left.image)) for left in self.left]
            )  # fmt: skip
        return self._whereabouts


def _restored(
    deaths: tuple[Death, ...], refused: tuple[RefusedCall, ...], whereabouts: tuple[Whereabouts, ...],
    counts: tuple[int, int, int],
) -> Report:  # fmt: skip
    """A report that has been put into words."""
    report = Report()
    report._told = dict(enumerate((*refused, *deaths)))
    report._counts = [1] * len(refused) + [death.count for death in deaths]
    report._whereabouts = whereabouts
    report.more_deaths, report.more_refused, report.more_left = counts
    return report
