"""Events are numbered in the order in which they are told; a stream can be left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import boot
from vm import events

GUEST = """
_start: sys fork
        beqz a0, 1f
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
1:      exit 0
"""


def test_events_are_numbered_in_the_order_in_which_they_are_told(tmp_path: Path) -> None:
    """What nobody listens to has no number, and is not made."""
    booted = boot(tmp_path, GUEST)
    kernel, told = booted.kernel, booted.kernel.system.told
    heard: list[events.Event] = []
    kernel.events.subscribe(events.CallEntered, heard.append)
    kernel.events.subscribe(events.Exited, heard.append)
    kept = booted.finish().events[told:]
    assert [event.number for event in kept] == sorted({event.number for event in kept})
    every = {event.number: event for event in [*heard, *kept]}
    assert sorted(every) == list(range(told, kernel.system.told))
    clocks = [every[number].clock for number in sorted(every)]
    assert clocks == sorted(clocks)


def test_whoever_leaves_hears_no_more(tmp_path: Path) -> None:
    kernel = boot(tmp_path, GUEST).kernel
    stream, told, heard = kernel.events, kernel.system.told, []
    for listener in stream.listeners[events.Continued]:
        stream.unsubscribe(events.Continued, listener)

    def once(event: events.Continued) -> None:
        heard.append(event)
        stream.unsubscribe(events.Continued, once)

    stream.subscribe(events.Continued, once)
    stream.subscribe(events.Continued, heard.append)
    for _ in range(2):
        kernel.emit(events.Continued, 2)
    assert [event.number - told for event in heard] == [0, 0, 1]
    assert stream.wants(events.Continued)
    stream.unsubscribe(events.Continued, heard.append)
    assert not stream.wants(events.Continued)
    with pytest.raises(ValueError, match="not in list"):
        stream.unsubscribe(events.Continued, once)


@pytest.mark.parametrize("kind", [events.Unshared, events.PageFault, events.Woken, events.Mapped, events.CallReturned])
def test_a_machine_knows_what_is_wanted(tmp_path: Path, kind: type[events.Event]) -> None:
    """From the first of a type's listeners until the last one leaves, whoever else comes and goes."""
    kernel = boot(tmp_path, GUEST).kernel
    stream, first, second = kernel.events, list[events.Event]().append, list[events.Event]().append

    def wanted() -> tuple[bool, ...]:
        memory, scheduler = kernel.memory, kernel.scheduler
        notes = memory.notes_wanted, memory.faults_wanted, scheduler.notes_wanted
        return (*notes, kernel.inventory is not None, kernel.takes_notes, stream.wants_calls, stream.wants_bytes)

    assert not any(wanted())
    told: list[tuple[bool, ...]] = []
    comes, leaves = stream.subscribe, stream.unsubscribe
    for change, listener in [(comes, first), (comes, second), (leaves, first), (leaves, second)]:
        change(kind, listener)
        for also in (events.Exited, events.Output):
            comes(also, first)
            leaves(also, first)
        told.append(wanted())
    assert any(told[0])
    assert told == [told[0], told[0], told[0], (False,) * 7]
