"""A reason why a program cannot print a text, as data: claims that the text breaks, and what shows that they hold."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from vm.outcomes.chains import Chain
from vm.outcomes.claims import Claim
from vm.outcomes.orders import Order, Step
from vm.values import dataclass

Key = Callable[[Step], Hashable]
"""What two steps have in common that are shown as one, as their source line."""


@dataclass(frozen=True, slots=True)
class Case:
    """A ``claim``, the numbers of the ``orders`` that it is told of, and what shows it in the first of them.

    ``chains`` end with steps that would be needed, and begin with those that have to come first; ``writers`` write what
    the claim is about. ``how`` tells of a claim that runs halt what happens there: "blocked" (who writes what comes
    next has to wait), "gone" (they have written it before), "torn" (only a part of a write fits), "other" (only other
    things are left to be written), "over" (nothing is left), "short" (the text ends, and runs go on) or "untold" (there
    are too many beginnings to look at; that no run prints the text is what others have to know).
    ``given`` is a link that only the orders of this case have, and all of them; None where there is none, or no other
    case. What the steps write is told of ``stream``; of each with its name where it is empty. ``is_either``: each order
    has one of the chains; else all are needed.
    """

    claim: Claim
    orders: tuple[int, ...]
    chains: tuple[Chain, ...] = ()
    writers: tuple[Step, ...] = ()
    stream: str = ""
    how: str = ""
    given: Chain | None = None
    is_either: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why no run prints some texts: every order is in one of the ``cases``, of which each forbids them."""

    cases: tuple[Case, ...]

    def holds_in(self, order: Order) -> bool:
        """True when one of the claims holds in all runs of ``order``."""
        return any(case.claim.holds_in(order) for case in self.cases)

    def holds_in_run(self, run: Sequence[tuple[str, bytes]]) -> bool:
        """True when one of the claims holds in a run, of which ``run`` are (stream, bytes) of each write in turn."""
        return any(case.claim.holds_in_run(run) for case in self.cases)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that it speaks of, each once."""
        found: dict[tuple[object, ...], Step] = {}
        for case in self.cases:
            chains = (*case.chains, *((case.given,) if case.given else ()))
            for step in (*(step for chain in chains for step in chain.steps), *case.writers):
                found.setdefault((step.image, step.pc, step.thread, step.number), step)
        return tuple(found.values())
