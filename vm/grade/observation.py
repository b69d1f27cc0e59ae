"""What came of one run of a test: everything that is judged, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from vm.grade.conduct import Conduct
from vm.hazards.findings import Finding
from vm.schedules.schedule import Schedule
from vm.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A run. ``limit`` says which limit ended it, ``stuck`` who waited for ever, a line a thread; both are empty for
    one that ended by itself. ``unmet`` is the turn of a dialogue, from 0, that the program ended before or waited in.
    ``deaths`` tells of processes that signals killed, in lines. ``files`` are those that the run left, of those that
    somebody asks for. ``schedule`` repeats the run, where it was asked for.
    """

    output: bytes
    errors: bytes
    terminal: bytes
    exit_code: int | None
    signal: int | None
    limit: str = ""
    stuck: tuple[str, ...] = ()
    unmet: int | None = None
    deaths: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    conduct: Conduct
    findings: tuple[Finding, ...] = ()
    schedule: Schedule | None = None
