"""What a user should know beside the result of a run: that something takes long, or is not as it should be.

Whoever listens is told; otherwise it is logged. The logging module is imported where there is something to log.
"""

from __future__ import annotations

from collections.abc import Callable

listeners: list[Callable[[str], object]] = []
"""Who is told in the place of the loggers."""


def remark(logger: str, text: str) -> None:
    """Tell the listeners, or the logger of that name, as a warning."""
    for listener in listeners:
        listener(text)
    if not listeners:
        import logging

        logging.getLogger(logger).warning("%s", text)
