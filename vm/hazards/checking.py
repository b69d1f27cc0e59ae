"""The checker: all that observes a run, and what it has found."""

from __future__ import annotations

from collections.abc import Callable

from vm.hazards.findings import Finding
from vm.hazards.forks import ForkObserver
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Groups
from vm.kernel.kernel import Kernel


class Checker:
    """Observes every vfork of ``kernel``, and every fork in a program with threads, until :meth:`findings` is called.

    What is too much to remember ends the run with MachineStopped.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._groups = Groups()
        self._windows = WindowObserver(kernel, self._groups.add, self._groups.demand_room)
        self._forks = ForkObserver(kernel)

    def findings(self, note: Callable[[str], None] = lambda text: None) -> list[Finding]:
        """Return what was found, once the run is over: of forks first, then of vforks.

        ``note`` is told why debugging information was not used in full.
        """
        self._windows.finish()
        found = self._forks.findings()
        if self._groups:
            from vm.hazards.judgement import findings  # for those who have something to judge

            found += findings(self._groups, note)
        return found
