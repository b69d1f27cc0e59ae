"""Events in words: what a film says of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vm import events
from vm.abi import signal_name
from vm.events import Event
from vm.statuses import describe_end
from vm.text import printable

KINDS = (
    "fork", "vfork", "clone", "exec", "exit", "wait", "resume", "signal", "handler", "stop", "continue", "fault",
    "page fault", "frames", "map", "call", "block", "wake", "run", "output", "input", "pipe", "notice",
)  # fmt: skip
"""The kinds of events in a film, by the number that a reel has for it."""

Said = tuple[str, int, int, str]
"""A kind, the thread that it happened to, the other one that it concerns or 0, and a text."""


def _fault(event: events.PageFault) -> str:
    done = {
        "new": "got a frame", "shared": "shares a frame", "copied": "copied", "kept": "kept, nobody else has it",
        "": "",
    }[event.page]  # fmt: skip
    table = f"page table {event.table}" if event.table else ""
    return f"{event.access} at {event.address:#010x}: {', '.join(filter(None, (done, table)))}"


def _frames(event: events.FramesChanged) -> str:
    counts = [f"{len(found):,} {word}" for found, word in ((event.gained, "taken"), (event.lost, "given up")) if found]
    kind = {"page": "pages", "table": "page tables", "root": "root table", "shared": "shared memory"}.get(event.use, "")
    return f"{kind or 'frames of the machine'}: {', '.join(counts)}"


def _mapped(event: Any) -> str:
    span = f"{event.start:08x}-{event.end:08x}"
    if isinstance(event, events.Mapped):
        return f"{printable(event.name)} {span} {event.protection} mapped"
    return f"{span} unmapped" if isinstance(event, events.Unmapped) else f"{span} is {event.protection} now"


def _size(data: bytes) -> str:
    return f"{len(data):,} byte{'s' if len(data) != 1 else ''}"


_WORDS: dict[type[Event], Callable[[Any], Said]] = {
    events.Created: lambda e: (
        e.meant if e.meant in ("fork", "vfork") else "clone", e.thread, e.child, f"{e.meant} made {e.child}"
    ),
    events.ThreadCreated: lambda e: ("clone", e.by, e.thread, f"clone made thread {e.thread}"),
    events.Executed: lambda e: ("exec", e.pid, 0, f"exec of {printable(e.path)}"),
    events.Exited: lambda e: ("exit", e.pid, 0, describe_end(e.exit_code, e.signal)),
    events.ThreadExited: lambda e: ("exit", e.thread, 0, f"thread ended with {e.code}"),
    events.Reaped: lambda e: ("wait", e.pid, e.child, f"collected {e.child}"),
    events.Resumed: lambda e: ("resume", e.pid, e.child, f"runs again: {e.why} of {e.child}"),
    events.Signalled: lambda e: (
        "signal", e.pid, e.sender, f"{signal_name(e.signal)} from {e.sender or 'the machine'}"
    ),
    events.Handled: lambda e: ("handler", e.pid, 0, f"handler of {signal_name(e.signal)}"),
    events.Stopped: lambda e: ("stop", e.pid, 0, f"stopped by {signal_name(e.signal)}"),
    events.Continued: lambda e: ("continue", e.pid, 0, "continued"),
    events.Faulted: lambda e: ("fault", e.pid, 0, f"{signal_name(e.signal)} at {e.pc:#010x}, address {e.address:#x}"),
    events.PageFault: lambda e: ("page fault", e.pid, 0, _fault(e)),
    events.FramesChanged: lambda e: ("frames", e.pid, 0, _frames(e)),
    events.Mapped: lambda e: ("map", e.pid, 0, _mapped(e)),
    events.Unmapped: lambda e: ("map", e.pid, 0, _mapped(e)),
    events.Protected: lambda e: ("map", e.pid, 0, _mapped(e)),
    events.Blocked: lambda e: ("block", e.pid, 0, f"waits for {printable(e.why)}"),
    events.Woken: lambda e: ("wake", e.pid, 0, "wakes"),
    events.Scheduled: lambda e: ("run", e.pid, e.after if e.after != e.pid else 0, "runs"),
    events.Output: lambda e: ("output", e.thread, 0, f"{_size(e.data)} to {e.stream}"),
    events.Input: lambda e: ("input", e.thread, 0, f"{_size(e.data)} read"),
    events.PipeBytes: lambda e: (
        "pipe", e.thread, 0, f"{_size(e.data)} {'out of' if e.is_taken else 'into'} pipe {e.pipe}"
    ),
    events.Rejected: lambda e: ("notice", e.pid, 0, f"{printable(e.path)}: {printable(e.reason)}"),
    events.Warned: lambda e: ("notice", e.pid, 0, f"{printable(e.path)}: {printable(e.text)}"),
    events.Stalled: lambda e: ("notice", 0, 0, "every process is blocked for ever"),
    events.LimitReached: lambda e: ("notice", 0, 0, f"the {e.limit} was reached"),
}  # fmt: skip

FILMED: tuple[type[Event], ...] = (*_WORDS, events.CallReturned)
"""The kinds of events that make a moment."""
FREQUENT: tuple[type[Event], ...] = (
    events.Blocked, events.Woken, events.Scheduled, events.Input, events.PipeBytes, events.CallReturned,
)  # fmt: skip
"""Those of which a long run has too many."""
SELDOM = tuple([kind for kind in FILMED if kind not in FREQUENT])
"""The others."""


def say(event: Event) -> Said:
    """Say what has happened; but a call, whose text is the tracer's."""
    return _WORDS[type(event)](event)
