"""Who runs, who waits, and what was decided. There are many of these, and they are made only for those who ask."""

from __future__ import annotations

from vm.events.event import Event
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Scheduled(Event):
    """``pid`` was taken from those that are ready, and runs now. Before it ``after`` ran, 0 where nobody did."""

    pid: int
    after: int


@dataclass(frozen=True, slots=True)
class Blocked(Event):
    """``pid`` makes a call that has to wait: for a wake-up on one of ``channels``, or for guest time ``deadline``.

    ``why`` completes "pid 3 waits for …". The call is made again once it is woken, and may wait again. What it has
    retired is taken back, so that what follows may have a clock that is lower by one.
    """

    pid: int
    channels: tuple[str, ...]
    why: str
    deadline: int | None


@dataclass(frozen=True, slots=True)
class Woken(Event):
    """``pid`` waits no more. ``channel``: the one on which it was woken, or "deadline", or "signal"."""

    pid: int
    channel: str


@dataclass(frozen=True, slots=True)
class Decided(Event):
    """The machine could go on in more than one way at choice number ``choice``, which process ``pid`` met (0: nobody).

    ``choice_kind`` is a name of :class:`~vm.kernel.choice.ChoiceKind`, which says what the ``options`` are. ``answer``
    is the index of the one that was taken, ``default`` that of the machine's own.
    """

    choice: int
    choice_kind: str
    pid: int
    options: tuple[int, ...]
    answer: int
    default: int
