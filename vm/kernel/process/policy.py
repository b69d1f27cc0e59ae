"""How a thread is scheduled (sched(7)): its policy, and what it means for its turns."""

from __future__ import annotations

from dataclasses import replace

from vm.values import dataclass

OTHER, FIFO, ROUND_ROBIN, BATCH, IDLE = 0, 1, 2, 3, 5
"""Kinds of policies, with Linux's numbers."""

WEIGHTS = (
    88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121, 2501,
    1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
)  # fmt: skip
"""What share nice values from -20 to 19 have of the processor (Linux, kernel/sched/core.c, sched_prio_to_weight)."""
WEIGHT = WEIGHTS[20]
"""That of 0."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One of the kinds, with a ``priority`` of 1 to 99 for SCHED_FIFO and SCHED_RR, else 0; and the ``nice`` value.

    ``resets``: children do not inherit what only root may have. ``slack`` is what PR_SET_TIMERSLACK has said, in
    nanoseconds, and ``usual_slack`` what a slack of 0 stands for; timers are exact whatever they are.
    """

    kind: int = OTHER
    priority: int = 0
    nice: int = 0
    resets: bool = False
    slack: int = 50_000
    usual_slack: int = 50_000

    @property
    def rank(self) -> int:
        """Who is ready and has a higher one runs first: priorities, 0 for ordinary threads, -1 for SCHED_IDLE."""
        return -1 if self.kind == IDLE else self.priority

    def turn(self, quantum: int) -> int:
        """Return how many instructions a turn has among threads of one rank, at least 1.

        That of an ordinary thread is its weight's share of the quantum, that of nice 0.
        """
        if self.kind not in (OTHER, BATCH) or not self.nice:
            return quantum
        return max(1, quantum * WEIGHTS[self.nice + 20] // WEIGHT)

    def forked(self) -> Policy:
        """Return a child's (Linux, sched_fork)."""
        if self is ORDINARY:
            return self
        child = replace(self, usual_slack=self.slack)
        if not self.resets:
            return child
        if self.priority:
            return replace(child, kind=OTHER, priority=0, nice=0, resets=False)
        return replace(child, nice=max(self.nice, 0), resets=False)


NO_RANK = -2
"""Below that of any thread."""

ORDINARY = Policy()
"""That of a thread that has asked for nothing."""
