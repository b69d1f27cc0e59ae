"""What of a long matrix the default run takes, always the same; ``pytest -m full`` runs the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(count: int, values: Iterable[Any]) -> list[Any]:
    """Parameters for a test: the first and each ``count``-th value as they are, the others marked ``full``.

    A tuple is the values of several arguments.
    """
    return [_parameter(value, index % count == 0) for index, value in enumerate(values)]


def first_of(count: int, values: Iterable[Any]) -> list[Any]:
    """Parameters for a test: the first ``count`` values as they are, the others marked ``full``.

    A tuple is the values of several arguments.
    """
    return [_parameter(value, index < count) for index, value in enumerate(values)]


def _parameter(value: Any, is_default: bool) -> Any:
    return pytest.param(
        *(value if isinstance(value, tuple) else (value,)), marks=() if is_default else pytest.mark.full
    )
