"""A machine with its program, on the way from its start to its end."""

from __future__ import annotations

from typing import TypeVar

E = TypeVar("E")

EVENT_LIMIT = 100_000
"""Events a result keeps at most: the first ones."""

PART_LIMIT = 400_000
"""Costs of single segments in the events of a result, where 100 bytes of arguments are as much as one; as many
registers and segments of its processes."""

SEGMENT_RECORD_LIMIT = 1000
"""Segments told of one process: its first ones."""
