"""What helps: the advice of a rule, or a better one for a function that is often called where it should not be."""

from __future__ import annotations

from collections.abc import Sequence

from vm.hazards.rules import RULES

_ENVIRONMENT = "make the new environment before vfork, and give it to execve, execle or posix_spawn"
_BY_FUNCTION = {
    "free": "leave the allocation alone: exec or _exit ends the child's use of it, and the parent frees it itself",
    "malloc": "allocate before vfork, and free in the parent; what the child needs for itself fits on its stack",
    "calloc": "allocate before vfork, and free in the parent; what the child needs for itself fits on its stack",
    "realloc": "allocate before vfork, and free in the parent; what the child needs for itself fits on its stack",
    "setenv": _ENVIRONMENT,
    "unsetenv": _ENVIRONMENT,
    "clearenv": _ENVIRONMENT,
    "putenv": _ENVIRONMENT + ": putenv keeps the child's own text in the parent's list",
    "exit": "call _exit, which runs no atexit functions and flushes nothing; let the child's text out by write(2)",
    "err": "write(2) a message, and call _exit: err goes on to exit",
    "errx": "write(2) a message, and call _exit: errx goes on to exit",
    "printf": "write(2) the text, or print it in the parent: what stays in a buffer is printed by the parent too",
    "puts": "write(2) the text, or print it in the parent: what stays in a buffer is printed by the parent too",
    "fprintf": "write(2) the text to descriptor 2, or tell the parent by the exit status and print it there",
    "perror": "write(2) the text to descriptor 2, or tell the parent by the exit status and print it there",
}
_ERRNO = (
    "errno is one variable for both: keep the child's in its exit status or a pipe, and in the parent look at errno "
    "only after a failed call of its own; or save it before vfork, and put it back"
)


def advice_for(rule: str, function: str = "", places: Sequence[str] = ()) -> str:
    """What to do about a broken rule, where ``function`` was called, or what lies at ``places`` was changed."""
    if rule == "damage" and "errno" in places:
        return _ERRNO
    if rule in ("damage", "unread", "unsafe-call", "exit") and function.removeprefix("__") in _BY_FUNCTION:
        return _BY_FUNCTION[function.removeprefix("__")]
    return RULES[rule].advice
