"""Bytes that leave a process, or reach one. There are many of these, and they are made only for those who ask."""

from __future__ import annotations

from vm.events.event import Event
from vm.text import Brief
from vm.values import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Output(Brief, Event):
    """``pid`` has written ``data``, at most 65536 bytes, to the machine's ``stream``: "output", "errors" or "terminal".

    A call that writes more is told in several of these. ``thread`` is the thread that made it.
    """

    pid: int
    stream: str
    data: bytes
    thread: int


@dataclass(frozen=True, slots=True, repr=False)
class Input(Brief, Event):
    """``pid`` has read ``data``, at most 65536 bytes, of the machine's input or terminal, by its ``thread``."""

    pid: int
    data: bytes
    thread: int


@dataclass(frozen=True, slots=True, repr=False)
class PipeBytes(Brief, Event):
    """``pid`` has put ``data``, at most 65536 bytes, into pipe number ``pipe``; or taken it out if ``is_taken``.

    Its ``thread`` has done it.
    """

    pid: int
    pipe: int
    data: bytes
    is_taken: bool
    thread: int
