"""Which accesses to memory are looked at in a run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from vm.engine.protocol import Engine
from vm.engine.watching import NOTHING, Access, Watching
from vm.kernel.process.task import Task

WORDS_LIMIT = 1 << 20
"""Words that may be watched."""


class Watch:
    """What is looked at: accesses to ``words``."""

    _follow: ClassVar[tuple[str, ...]] = ("words",)

    def __init__(self) -> None:
        self.words = NOTHING.copy()

    def set_words(self, addresses: Iterable[int]) -> None:
        """Watch the words at these addresses, and no others. Raises ValueError for what is no address."""
        found = sorted({address & -4 for address in addresses})
        if found and not 0 <= found[0] <= found[-1] <= 0xFFFF_FFFF:
            raise ValueError("addresses are from 0 to 0xffffffff")
        if len(found) > WORDS_LIMIT:
            raise ValueError(f"no more than {WORDS_LIMIT:,} words can be watched")
        self.words = np.array(found, np.int64)


class Watcher:
    """Lets threads run so that what ``watch`` says is seen."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._engine = Watching()

    @property
    def done(self) -> Access:
        """The access to a watched word that was made last."""
        assert self._engine.done is not None, "no access was made"
        return self._engine.done

    def around(self, others: Engine, task: Task, *, is_recording: bool, has_to_stop: bool) -> Engine:
        """Return what runs ``task``, which ``others`` would if nobody looked.

        ``is_recording``: they look at each instruction, too. ``has_to_stop``: somebody wants to know of accesses to
        watched words.
        """
        engine = self._engine
        engine.words = self.watch.words if has_to_stop else NOTHING
        if not len(engine.words):
            return others
        engine.beneath = others if is_recording else None
        engine.passes = task.is_preempted
        return engine
