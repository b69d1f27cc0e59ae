"""What all events have."""

from __future__ import annotations

from dataclasses import field

from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at guest time ``clock``.

    ``number`` is its place, from 0, among the events of its machine that were told. It depends on what somebody listens
    to, and takes no part in comparisons.
    """

    clock: int
    number: int = field(compare=False)
