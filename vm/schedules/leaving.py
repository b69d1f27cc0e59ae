"""Output that does not wait for its reader where somebody interrupts: a debugger wants the machine to stop."""

from __future__ import annotations

from vm.kernel.ports import AT_ONCE, HostOutput, left_until
from vm.schedules.retracing import Trace

SLICE = 0.05
"""Seconds between two looks at whether somebody interrupts."""
LEFT_LIMIT = 1 << 26
"""Bytes that are left to be written later, at most: for more than that the reader is waited for."""


class LeavingOutput:
    """Writes to ``sink`` as long as it takes something, or nobody interrupts, as ``trace`` tells.

    What is left then is written before what comes next. ``deadline`` and ``taken`` as of
    :class:`~vm.kernel.ports.HostOutput`, for which this stands.
    """

    def __init__(self, sink: HostOutput, trace: Trace) -> None:
        self.sink = sink
        self.terminal = sink.terminal
        self.deadline = sink.deadline
        self.taken = 0
        self._trace = trace
        self._left = b""

    def write(self, data: bytes) -> None:
        """Write ``data``, or leave some of it for later. Raises OSError."""
        before, self.taken = len(self._left), 0
        view, self._left = memoryview(self._left + data if before else data), b""
        if not view:
            self.sink.write(b"")  # which may fail
        while view and (seconds := left_until(self.deadline)) != 0:
            if self.sink.is_ready(SLICE if seconds is None else min(SLICE, seconds)):
                self.sink.write(bytes(view[:AT_ONCE]))
                view = view[self.sink.taken :]
            elif len(view) <= LEFT_LIMIT and self._trace.is_interrupted():
                self._left = bytes(view)
                self._trace.hurry()
                break
        self.taken = len(data) if self._left else max(len(data) - len(view), 0)

    def flush(self) -> None:
        """Write what was left. Raises OSError."""
        self.write(b"")
