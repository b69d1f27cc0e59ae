"""The kinds of events, by subject."""

from __future__ import annotations

from vm.events.calls import CallEntered, CallFailed, CallReturned
from vm.events.event import Event
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
    Unshared,
)
from vm.events.signals import Continued, Faulted, Handled, Signalled, Stopped

KINDS: tuple[type[Event], ...] = (
    Created, Executed, Resumed, Exited, Discarded, Reaped, Deferred, Unshared, SpaceEnded,
    Faulted, Signalled, Handled, Stopped, Continued,
    CallEntered, CallReturned, CallFailed,
    Rejected, Warned, Stalled, LimitReached,
)  # fmt: skip
