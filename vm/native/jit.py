"""The functions that are compiled. Each is plain Python, and says so: ``@jit`` or ``@python_entry``.

A part of the machine is compiled as a whole, by numba in a process of its own (:mod:`vm.native.compiler`), and kept as
machine code (:mod:`vm.native.kept`). A process that finds it there needs no compiler.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from threading import RLock
from time import perf_counter_ns
from typing import Any

from vm.native import kept, parts
from vm.native.builtins import Builtin, keep
from vm.native.placing import Loaded

Function = Callable[..., Any]
"""Type checkers see through no compiled call: numba's integers are numpy's, and it checks them itself."""

ENABLED: bool = not os.environ.get("NUMBA_DISABLE_JIT", "").strip().lstrip("0").isdigit()
"""False under ``NUMBA_DISABLE_JIT=1``, where all functions run as plain Python. What is no number counts as none."""

compiler: Any = None
"""What takes the functions instead of this module, in a process that compiles."""


class Entry:
    """A function that Python enters: its code is looked for when it is called first."""

    def __init__(self, function: Function, part: str) -> None:
        self.python = function
        self.part = part
        self.name = f"{function.__module__}.{function.__name__}"
        self.builtin = Builtin(function.__name__, _documentation(function), self)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Load the part, and call the function."""
        prepare((self.part,))
        self.connect()  # another thread that loads the part, or had just done so before a fork, may not be so far
        return self.builtin.function(*arguments, **keywords)

    def connect(self) -> None:
        """Run the machine code of the part, which has been loaded, from now on."""
        self.builtin.enter_at(_loaded[self.part].python(self.name))

    def __reduce__(self) -> tuple[Function, tuple[str, str]]:
        """Travel as a name. A builtin travels as an attribute of what it belongs to, which is this."""
        return _entry, (self.python.__module__, self.python.__name__)

    def __getattr__(self, name: str) -> Function:
        """The builtin by its own name."""
        if name == self.__dict__["python"].__name__:
            return self.builtin.function
        raise AttributeError(name, obj=self)


def _entry(module: str, name: str) -> Any:
    __import__(module)
    return getattr(sys.modules[module], name).__self__


def _documentation(function: Function) -> str:
    """What help() tells of a builtin, behind its signature as CPython finds it there."""
    count = function.__code__.co_argcount - len(function.__defaults__ or ())
    names = ", ".join(function.__code__.co_varnames[:count])
    return f"{function.__name__}({names}, /)\n--\n\n{function.__doc__ or ''}"


_PARTS = {module: part for part, modules in parts.MODULES.items() for module in modules}
_entries: dict[str, list[Entry]] = {part: [] for part in parts.MODULES}
_loaded: dict[str, Loaded] = {}
_spent_ns = 0
"""The host's time that compiling and loading took."""
_preparing = RLock()
"""Of the threads that want a part one brings it: code that was entered must not give way to a second copy."""


def _forget_other_threads() -> None:
    """In a forked process there is no thread any more that could be loading something."""
    global _preparing
    _preparing = RLock()


os.register_at_fork(after_in_child=_forget_other_threads)


def jit(function: Function) -> Function:
    """Mark a function that compiled code calls. Called by Python it is what it is."""
    return function if compiler is None else _compiled(compiler.inner(function))


def _compiled(made: Function) -> Function:
    return made


def python_entry(signature: str) -> Callable[[Function], Function]:
    """Mark a function that Python calls, with arrays, tuples of arrays and integers of these types (numba's names).

    Compiled, division by zero does not raise, and indices are not checked; wrong arguments are a TypeError.
    """

    def decorate(function: Function) -> Function:
        if compiler is not None:
            return _compiled(compiler.python_entry(function, signature))
        if not ENABLED:
            return function
        made = Entry(function, _PARTS[function.__module__])
        _entries[made.part].append(made)
        if made.part in _loaded:
            made.connect()
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
    if not ENABLED or all(part in _loaded for part in wanted):
        return
    with _preparing:
        missing = [part for part in wanted if part not in _loaded]
        if missing:
            _load(missing, progress)


def _load(missing: Sequence[str], progress: parts.Progress | None) -> None:
    global _spent_ns
    begin = perf_counter_ns()
    try:
        _loaded.update(kept.load(missing, progress))  # before their entries: modules are imported meanwhile
        for part in missing:
            keep(_loaded[part])
            for made in _entries[part]:
                made.connect()
    finally:
        _spent_ns += perf_counter_ns() - begin


def address_of(function: Function) -> int:
    """Where the code of a :func:`c_entry` begins."""
    part = _PARTS[function.__module__]
    prepare((part,))
    return _loaded[part].c(f"{function.__module__}.{function.__name__}")


def often() -> str:
    """How often the machine is compiled, in words."""
    return "once" if kept.folder() else "in every run unless FORKLORE_CACHE names a folder for it,"


def working_ns() -> int:
    """The host's clock, which stands still while something is compiled or what was compiled is loaded: nanoseconds."""
    return perf_counter_ns() - _spent_ns
