"""The stream of a machine's events as lines of JSON: a header, then one event a line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vm.events import KINDS, LIFECYCLE, Event, Stream
from vm.events.json import text, to_json
from vm.settings import Settings, descriptions
from vm.spelling import suggestion
from vm.text import brief

FORMAT_VERSION = 1
"""Of the header and what follows it. It counts on when a reader of the older form would be misled."""
HEADER = "Header"
"""The "kind" of the first line, which is no event."""
ALL_FEW = "lifecycle"
"""A word for all the kinds of which a run has few events."""

_ENCODED = json.JSONEncoder(separators=(",", ":")).encode
_KINDS = {kind.__name__: kind for kind in KINDS}


class WrongKind(ValueError):
    """Names no kind of event."""


def kinds_of(words: Iterable[str]) -> tuple[type[Event], ...]:
    """Return the kinds of events with these names, each once, in the order of all; :data:`ALL_FEW` is several.

    Raises WrongKind.
    """
    wanted: set[type[Event]] = set()
    for word in words:
        if word == ALL_FEW:
            wanted.update(LIFECYCLE)
        elif word in _KINDS:
            wanted.add(_KINDS[word])
        else:
            raise WrongKind(f"{brief(word)} is no kind of event{suggestion(word, (*_KINDS, ALL_FEW))}")
    return tuple([kind for kind in KINDS if kind in wanted])


class EventLines:
    """Writes the events of ``kinds`` from now on, each as a line, to ``write``.

    Lines are ASCII, and end in a newline: no text of a guest's breaks one or commands a terminal.
    """

    def __init__(
        self, stream: Stream, write: Callable[[bytes], object], kinds: Sequence[type[Event]] = KINDS
    ) -> None:  # fmt: skip
        self._write = write
        self._kinds = kinds
        for kind in kinds:
            stream.subscribe(kind, self._tell)

    def begin(self, version: str, program: str, arguments: Sequence[str], settings: Settings) -> None:
        """Write the header: which forklore runs which program, by the host's name, in which machine."""
        head = {
            "kind": HEADER, "version": FORMAT_VERSION, "forklore": version, "program": text(os.fsencode(program)),
            "arguments": [text(os.fsencode(argument)) for argument in arguments],
            "settings": {name: getattr(settings, name) for name in descriptions()},
            "kinds": [kind.__name__ for kind in self._kinds],
        }  # fmt: skip
        self._write(_line(head))

    def _tell(self, event: Event) -> None:
        self._write(_line(to_json(event)))


def _line(plain: dict[str, Any]) -> bytes:
    return _ENCODED(plain).replace("\x7f", "\\u007f").encode() + b"\n"
