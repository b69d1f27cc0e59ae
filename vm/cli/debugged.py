"""A machine that a debugger has: until it leaves, and on to the end from there."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vm.debug.history import Rerun
    from vm.records import Result
    from vm.run import Run


class Debugged:
    """A started run with its history, for one debugger.

    ``wake`` ends a wait for the machine's input; it is called from another thread. ``memory``: bytes that checkpoints
    take. ``may_write``: the debugger may have files of the host written, as only our own gdb may.
    """

    def __init__(self, run: Run, memory: int, wake: Callable[[], None], *, may_write: bool = False) -> None:
        from vm.debug.checkpoints import Limits
        from vm.debug.history import History
        from vm.debug.machine_target import MachineTarget

        self._history = History(run, Limits(memory=memory))
        self._target = MachineTarget(self._history, may_write=may_write)
        self._wake = wake

    @property
    def run(self) -> Run:
        """The run as it is now."""
        return self._history.run

    def signal_from_terminal(self, signal: int) -> None:
        """A key at the guest's terminal sends a signal. Raises KeyboardInterrupt for a second SIGINT in a row."""
        self._history.signal_from_terminal(signal)

    def show_images(self, folder: str) -> None:
        """Have the images that processes run as files below ``folder``, for a gdb on this computer."""
        from vm.cli.gdb_images import Images

        Images(self._target, folder)

    def serve(self, client: socket.socket) -> bool:
        """Let the client debug the machine until it leaves; false if it has left processes that are killed by that."""
        from vm.debug.changes import Hold, NoChange
        from vm.debug.server import serve

        killed = serve(client, self._target, self._wake)
        with suppress(NoChange):  # it is over
            self._history.change(Hold(frozenset()))
        return not killed

    def finish(self, is_wanted: Callable[[], bool] = lambda: True) -> Result | None:
        """Go on to the end without the debugger; the result. None where that is not wanted any more."""
        from vm.kernel.pausing import Pause

        while isinstance(self._history.advance(interrupted=lambda: not is_wanted()), Pause):
            if not is_wanted():
                return None
        self._write_what_is_left()
        return self._history.run.finish()

    def _write_what_is_left(self) -> None:
        """Write what the guest has written while the debugger interrupted; nobody may read it any more."""
        from vm.schedules.leaving import LeavingOutput

        console = self.run.kernel.console
        for end in (console.output, console.errors):
            sink = getattr(end, "sink", None)
            if isinstance(sink, LeavingOutput):
                with suppress(OSError):
                    sink.flush()

    def again(self) -> Rerun:
        """Return a run from the beginning that repeats what has happened, for those who listen to it."""
        return self._history.rerun()
