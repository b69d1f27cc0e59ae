"""The one stream that all tools read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from vm.events.calls import CallEntered, CallReturned
from vm.events.event import Event

E = TypeVar("E", bound=Event)


class Stream:
    """Delivers events, at once and in order, to whoever subscribed to their type.

    ``wants_calls``: somebody listens to system calls, of which there are far more than of anything else.
    """

    def __init__(self) -> None:
        self.wants_calls = False
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
