"""Operators on calls: what is forgotten, or mixed up, of the calls that make, join and end processes."""

from __future__ import annotations

from collections.abc import Iterator

from vm.grade.checking.changes import Change, Source

_WAITS = ("wait", "waitpid", "waitid", "wait3", "wait4")
_EXITS = ("exit", "_exit", "_Exit")
_FLUSHES = ("fflush", "fclose")
LEFT_OUT = frozenset({*_WAITS, *_EXITS, *_FLUSHES, "close"})
"""Functions whose calls have operators of their own that leave them out."""
_STREAMS = {
    "stdout": "stderr", "stderr": "stdout",
    "STDOUT_FILENO": "STDERR_FILENO", "STDERR_FILENO": "STDOUT_FILENO", "STDIN_FILENO": "STDOUT_FILENO",
}  # fmt: skip


def _without(source: Source, names: tuple[str, ...], value: str) -> Iterator[Change]:
    """Leave calls out; where their value is used, it is ``value``."""
    whole = dict(source.statements)
    for call in source.calls:
        if call.name not in names:
            continue
        first = call.first - 3 if source.between(max(call.first - 3, 0), call.first + 1)[:6] == "(void)" else call.first
        is_whole = whole.get(first) == call.last + 1
        yield source.change(first, call.last, "") if is_whole else source.change(call.first, call.last, value)


def no_wait(source: Source) -> Iterator[Change]:
    """Nobody waits for a child."""
    yield from _without(source, _WAITS, "(-1)")


def no_close(source: Source) -> Iterator[Change]:
    """A descriptor stays open."""
    yield from _without(source, ("close",), "(0)")


def no_flush(source: Source) -> Iterator[Change]:
    """A stream keeps what it holds."""
    yield from _without(source, _FLUSHES, "(0)")


def no_exit(source: Source) -> Iterator[Change]:
    """A process, a child most often, runs on where it should end."""
    whole = dict(source.statements)
    for call in source.calls:
        if call.name in _EXITS and whole.get(call.first) == call.last + 1:
            yield source.change(call.first, call.last, "")


def exit_kind(source: Source) -> Iterator[Change]:
    """``exit`` for ``_exit``, and the other way round."""
    for call in source.calls:
        if call.name in _EXITS:
            yield source.change(call.first, call.first, "_exit" if call.name == "exit" else "exit")


def fork_kind(source: Source) -> Iterator[Change]:
    """``vfork`` for ``fork``, and the other way round."""
    for call in source.calls:
        if call.name in ("fork", "vfork"):
            yield source.change(call.first, call.first, "vfork" if call.name == "fork" else "fork")


def wait_for_any(source: Source) -> Iterator[Change]:
    """``waitpid`` takes any child for the one that is meant."""
    for call in source.calls:
        if call.name in ("waitpid", "wait4") and call.arguments:
            first, end = call.arguments[0]
            if source.between(first, end) != "-1":
                yield source.change(first, end - 1, "-1")


def wait_no_hang(source: Source) -> Iterator[Change]:
    """``waitpid`` comes back where there is nothing to wait for yet."""
    for call in source.calls:
        if call.name in ("waitpid", "wait4") and len(call.arguments) > 2:
            first, end = call.arguments[2]
            if source.between(first, end) == "0":
                yield source.change(first, end - 1, "WNOHANG")


def swapped(source: Source) -> Iterator[Change]:
    """The two arguments of ``dup2`` the wrong way round."""
    for call in source.calls:
        if call.name in ("dup2", "rename", "link", "symlink") and len(call.arguments) == 2:
            (first, end), (second, last) = call.arguments
            one, other = source.between(first, end), source.between(second, last)
            if one != other:
                yield source.change(first, last - 1, f"{other}, {one}")


def raw_status(source: Source) -> Iterator[Change]:
    """What a wait stores is taken for the exit status."""
    for call in source.calls:
        if call.name in ("WEXITSTATUS", "WTERMSIG") and call.arguments:
            yield source.change(call.first, call.last, f"({source.between(call.arguments[0][0], call.last)})")


def stream(source: Source) -> Iterator[Change]:
    """Standard error for standard output, and the other way round; the output for the input."""
    for at in range(len(source.tokens)):
        if source.name(at) in _STREAMS:
            yield source.change(at, at, _STREAMS[source.name(at)])
