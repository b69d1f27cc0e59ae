"""Everything the machine reports while it runs, as typed records.

``clock`` is guest time: instructions retired by the whole machine so far, one of which is one nanosecond. Fields that
end in ``_ns`` are the host's time; they differ from run to run and take no part in comparisons. What turns events into
JSON and back is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vm.events.calls import CallEntered, CallFailed, CallReturned
from vm.events.costs import Costs, SegmentCost
from vm.events.event import Event
from vm.events.kinds import DETAILS, KINDS, LIFECYCLE
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
from vm.events.stream import Stream
from vm.events.transfers import Input, Output, PipeBytes

if TYPE_CHECKING:
    from vm.events.json import from_json, to_json

__all__ = [
    "DETAILS",
    "KINDS",
    "LIFECYCLE",
    "Accessed",
    "Blocked",
    "CallEntered",
    "CallFailed",
    "CallReturned",
    "Continued",
    "Costs",
    "Created",
    "Decided",
    "Deferred",
    "Discarded",
    "Event",
    "Executed",
    "Exited",
    "Faulted",
    "FramesChanged",
    "Handled",
    "Input",
    "LimitReached",
    "Mapped",
    "Output",
    "PageFault",
    "PipeBytes",
    "Protected",
    "Reaped",
    "Rejected",
    "Resumed",
    "Scheduled",
    "SegmentCost",
    "Signalled",
    "SpaceEnded",
    "Stalled",
    "Stopped",
    "Stream",
    "ThreadCreated",
    "ThreadExited",
    "ThreadLeads",
    "Unmapped",
    "Unshared",
    "Warned",
    "Woken",
    "from_json",
    "to_json",
]


def __getattr__(name: str) -> Any:
    if name in ("from_json", "to_json"):
        from vm.events import json

        return getattr(json, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
