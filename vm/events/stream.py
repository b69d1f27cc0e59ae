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


_CALLS: frozenset[type[Event]] = frozenset({CallEntered, CallReturned})
_BYTES: frozenset[type[Event]] = frozenset({Output, Input, PipeBytes})


class Stream:
    """Who listens to which type of events: ``listeners``, in the order in which they subscribed.

    They are called at once and in order. A type without any is not among them, and none of its events is made.
    ``wants_calls``: somebody listens to system calls, ``wants_bytes``: to what processes write and read. ``changed``
    is called when a type among those ``watched`` gets its first listener, or loses its last one.
    """

    def __init__(
        self, changed: Callable[[], None] = lambda: None, watched: frozenset[type[Event]] = frozenset()
    ) -> None:
        self.wants_calls = False
        self.wants_bytes = False
        self._told_changes = changed
        self._watched = watched
        self.listeners: dict[type[Event], tuple[Listener, ...]] = {}

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Call ``listener`` with every event of exactly this type."""
        listeners = self.listeners.get(kind, ())
        self.listeners[kind] = (*listeners, listener)
        if not listeners:
            self._changed(kind)

    def unsubscribe(self, kind: type[E], listener: Callable[[E], None]) -> None:
        """Do not call ``listener`` for this type any more. ValueError when it was not subscribed."""
        listeners = list(self.listeners.get(kind, ()))
        listeners.remove(listener)
        if listeners:
            self.listeners[kind] = tuple(listeners)
        else:
            del self.listeners[kind]
            self._changed(kind)

    def wants(self, kind: type[Event]) -> bool:
        """Return True when somebody listens to this type: no events of other types are made."""
        return kind in self.listeners

    def _changed(self, kind: type[Event]) -> None:
        """A type is wanted, or not any more; a machine has many listeners, who are to come and go at little cost."""
        if kind in _CALLS:
            self.wants_calls = not self.listeners.keys().isdisjoint(_CALLS)
        elif kind in _BYTES:
            self.wants_bytes = not self.listeners.keys().isdisjoint(_BYTES)
        if kind in self._watched:
            self._told_changes()
