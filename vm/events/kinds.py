"""The kinds of events, by subject."""

from __future__ import annotations

from vm.events.calls import CallEntered, CallFailed, CallReturned
from vm.events.event import Event
from vm.events.memory import Accessed, FramesChanged, Mapped, PageFault, Protected, Unmapped
from vm.events.notices import LimitReached, Rejected, Stalled, Warned
from vm.events.processes import (
    Created,
    Deferred,
    Discarded,
    Executed,
    Exited,
    Reaped,
    Resumed,
    SpaceEnded,
    ThreadCreated,
    ThreadExited,
    ThreadLeads,
    Unshared,
)
from vm.events.scheduling import Blocked, Decided, Scheduled, Woken
from vm.events.signals import Continued, Faulted, Handled, Signalled, Stopped
from vm.events.transfers import Input, Output, PipeBytes

LIFECYCLE: tuple[type[Event], ...] = (
    Created, Executed, Resumed, Exited, Discarded, Reaped, Deferred, SpaceEnded,
    ThreadCreated, ThreadExited, ThreadLeads,
    Faulted, Signalled, Handled, Stopped, Continued,
    Rejected, Warned, Stalled, LimitReached,
)  # fmt: skip
"""Those of which a run has few: the result keeps them."""

DETAILS: tuple[type[Event], ...] = (
    Scheduled, Blocked, Woken, Decided,
    Accessed, PageFault, FramesChanged, Mapped, Unmapped, Protected, Unshared,
    Output, Input, PipeBytes,
    CallEntered, CallReturned, CallFailed,
)  # fmt: skip
"""Those of single system calls, accesses and turns."""

KINDS = (*LIFECYCLE, *DETAILS)
