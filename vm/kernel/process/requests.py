"""What a blocked call has asked for, where another process grants it, and the call has only to say what came of it."""

from __future__ import annotations

from typing import ClassVar

from vm.values import dataclass


@dataclass(slots=True, eq=False)
class Request:
    """A request, with the ``outcome`` of its call once somebody has granted or refused it: the result, or -errno."""

    _follow: ClassVar[tuple[str, ...]] = ()

    outcome: int | None = None
