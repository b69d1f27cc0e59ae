"""The functions that are compiled. Each is plain Python, and says so: ``@jit`` or ``@entry``.

A part of the machine is compiled as a whole, by numba in a process of its own (:mod:`vm.native.compiler`), and kept as
machine code (:mod:`vm.native.kept`). A process that finds it there needs no compiler.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any

from vm.native import kept, parts
from vm.native.builtins import Builtin
from vm.native.placing import Loaded

Function = Callable[..., Any]
"""Type checkers see through no compiled call: numba's integers are numpy's, and it checks them itself."""

ENABLED: bool = not int(os.environ.get("NUMBA_DISABLE_JIT") or 0)
"""False under ``NUMBA_DISABLE_JIT=1``, where all functions run as plain Python."""

compiler: Any = None
"""What takes the functions instead of this module, in a process that compiles."""


class Entry:
    """A function that Python enters: its code is looked for when it is called first."""

    def __init__(self, function: Function, part: str) -> None:
        self.python = function
        self.part = part
        self.name = f"{function.__module__}.{function.__name__}"
        self.builtin = Builtin(function.__name__, function.__doc__ or "", self)

    def __call__(self, *arguments: Any) -> Any:
        """Load the part, and call the function."""
        prepare((self.part,))
        return self.builtin.function(*arguments)


_PARTS = {module: part for part, modules in parts.MODULES.items() for module in modules}
_entries: dict[str, list[Entry]] = {part: [] for part in parts.MODULES}
_loaded: dict[str, Loaded] = {}
_spent_ns = 0
"""The host's time that compiling and loading took."""


def jit(function: Function) -> Function:
    """Mark a function that compiled code calls. Called by Python it is what it is."""
    return function if compiler is None else _compiled(compiler.inner(function))


def _compiled(made: Function) -> Function:
    return made


def entry(signature: str) -> Callable[[Function], Function]:
    """Mark a function that Python calls, with arrays, tuples of arrays and integers of these types (numba's names).

    Compiled, division by zero does not raise, and indices are not checked; wrong arguments are a TypeError.
    """

    def decorate(function: Function) -> Function:
        if compiler is not None:
            return _compiled(compiler.entry(function, signature))
        if not ENABLED:
            return function
        made = Entry(function, _PARTS[function.__module__])
        _entries[made.part].append(made)
        if made.part in _loaded:
            made.builtin.enter_at(_loaded[made.part].python(made.name))
        return made.builtin.function

    return decorate


def c_entry(signature: str) -> Callable[[Function], Function]:
    """Mark a function that machine code calls: at :func:`address_of`, by C's conventions.

    It takes each array as two arguments: where it begins, and how many elements it has.
    """
    return lambda function: function if compiler is None else _compiled(compiler.c_entry(function, signature))


def foreign(signature: str) -> Callable[[Function], Function]:
    """Mark what stands for machine code in compiled functions: a call of the address that is its first argument."""
    return lambda function: function if compiler is None else _compiled(compiler.foreign(function, signature))


def prepare(wanted: Sequence[str] = parts.MACHINE, progress: parts.Progress | None = None) -> None:
    """Load these parts, and compile before what has never been, which ``progress`` is told about.

    Raises CannotCompile.
    """
    global _spent_ns
    missing = [part for part in wanted if ENABLED and part not in _loaded]
    if not missing:
        return
    begin = perf_counter_ns()
    try:
        _loaded.update(kept.load(missing, progress))
        for part in missing:
            for made in _entries[part]:
                made.builtin.enter_at(_loaded[part].python(made.name))
    finally:
        _spent_ns += perf_counter_ns() - begin


def address_of(function: Function) -> int:
    """Where the code of a :func:`c_entry` begins."""
    part = _PARTS[function.__module__]
    prepare((part,))
    return _loaded[part].c(f"{function.__module__}.{function.__name__}")


def often() -> str:
    """How often the machine is compiled, in words."""
    return "in every run" if kept.folder() is None else "once"


def working_ns() -> int:
    """The host's clock, which stands still while something is compiled or what was compiled is loaded: nanoseconds."""
    return perf_counter_ns() - _spent_ns
