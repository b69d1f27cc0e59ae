"""The three standard descriptors, as whoever started us left them: open, closed, the wrong way round, or full."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

    from vm.kernel.ports import Closed, HostInput, HostOutput, Input

_closed: set[int] = set()


def hold() -> None:
    """Keep what we open away from standard descriptors that are closed, as GNU's stdopen does.

    Each is held by one that fails as a closed one would; the guest has none in its place. Our own output never fails
    over letters that its encoding has not.
    """
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_RDONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, flags), True)
            _closed.add(number)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)
    if sys.stderr is None:  # nobody misses what it would say
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    given = sys.stdout
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Output(1, "w", closefd=False)),
        encoding=given.encoding if given else None, errors="backslashreplace",
        line_buffering=given.isatty() if given else False,
    )  # fmt: skip


class _Output(io.FileIO):
    """Standard output, which remembers why it could not be written."""

    error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            _Output.error = error
            raise


def is_closed(number: int) -> bool:
    """True for a standard descriptor that was closed when we began."""
    return number in _closed


def guest_input(waker: int | None = None) -> HostInput | Closed:
    """The guest's standard input: ours. ``waker`` as of :class:`vm.kernel.ports.HostInput`."""
    from vm.kernel.ports import Closed, HostInput

    return Closed() if is_closed(0) else HostInput(0, waker)


def shared_input() -> Callable[[], Input]:
    """What makes the standard input of each of several runs: ours, read as far as some run reads it."""
    import stat

    from vm.kernel.ports import Closed, FileInput
    from vm.laboratory.shared_input import RunsInput, SharedInput

    source = guest_input()
    if isinstance(source, Closed):
        return Closed
    if stat.S_ISREG(os.fstat(0).st_mode):
        return lambda: FileInput(0)
    shared = SharedInput(source)
    return lambda: RunsInput(shared)


def guest_output(number: int) -> HostOutput | Closed:
    """A standard output of the guest's: our descriptor ``number``."""
    from vm.kernel.ports import Closed, HostOutput

    return Closed() if is_closed(number) else HostOutput(number)


def output_error() -> OSError | None:
    """Why what was printed to standard output could not be written, if that is so; it is given up then."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    if _Output.error is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # nobody fails over the rest again
    return _Output.error
