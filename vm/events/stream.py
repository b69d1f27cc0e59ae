"""The one stream that all tools read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from vm.events.calls import CallEntered, CallReturned
from vm.events.event import Event
from vm.events.transfers import Input, Output, PipeBytes

E = TypeVar("E", bound=Event)

Listener = Callable[[Any], None]
"""What is called with the events of a type."""


class Stream:
    """Who listens to which type of events: ``listeners``, in the order in which they subscribed.

    They are called at once and in order. A type without any is not among them, and none of its events is made.
    ``wants_calls``: somebody listens to system calls, ``wants_bytes``: to what processes write and read. ``changed``
    is called when somebody begins to listen to a type, or leaves.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self.wants_calls = False
        self.wants_bytes = False
        self._told_changes = changed
        self.listeners: dict[type[Event], tuple[Listener, ...]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        self.listeners[kind] = (*self.listeners.get(kind, ()), listener)
        self._changed()

    def unsubscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Do not call ``listener`` for this type any more. ValueError when it was not subscribed."""
        listeners = list(self.listeners.get(kind, ()))
        listeners.remove(listener)
        if listeners:
            self.listeners[kind] = tuple(listeners)
        else:
            del self.listeners[kind]
        self._changed()

    def wants(self, kind: type[Event]) -> bool:
        """Return True when somebody listens to this type: no events of other types are made."""
        return kind in self.listeners

    def _changed(self) -> None:
        self.wants_calls = CallEntered in self.listeners or CallReturned in self.listeners
        self.wants_bytes = not self.listeners.keys().isdisjoint((Output, Input, PipeBytes))
        self._told_changes()
