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
