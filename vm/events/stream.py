"""The one stream that all tools read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from vm.events.calls import CallEntered, CallReturned
from vm.events.event import Event
from vm.events.transfers import Input, Output, PipeBytes

E = TypeVar("E", bound=Event)


class Stream:
    """Delivers events, at once and in order, to whoever subscribed to their type.

    ``wants_calls``: somebody listens to system calls, ``wants_bytes``: to what processes write and read. ``changed``
    is called when somebody begins to listen to a type, or leaves.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.wants_calls = False
        self.wants_bytes = False
        self._told_changes = changed
        self._listeners: dict[type[Event], tuple[Callable[[Any], None], ...]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        self._listeners[kind] = (*self._listeners.get(kind, ()), listener)
        self._changed()

    def unsubscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Do not call ``listener`` for this type any more. ValueError when it was not subscribed."""
        listeners = list(self._listeners.get(kind, ()))
        listeners.remove(listener)
        if listeners:
            self._listeners[kind] = tuple(listeners)
        else:
            del self._listeners[kind]
        self._changed()

    def wants(self, kind: type[Event]) -> bool:
        """Return True when somebody listens to this type: no events of other types are made."""
        return kind in self._listeners

    def deliver(self, event: Event) -> None:
        """Call those who listen to events of its type, in the order in which they subscribed."""
        for listener in self._listeners.get(type(event), ()):
            listener(event)

    def _changed(self) -> None:
        self.wants_calls = CallEntered in self._listeners or CallReturned in self._listeners
        self.wants_bytes = not self._listeners.keys().isdisjoint((Output, Input, PipeBytes))
        self._told_changes()
