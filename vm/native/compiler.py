"""Compiles a part of the machine, in a process of its own: an object file on standard output.

numba types and lowers each function, once for each types of its arguments. What it makes is not compiled one function
at a time, but linked into one module, optimised once, and left with entries of ours: what METH_FASTCALL expects, or C.
"""

from __future__ import annotations

import base64
import gc
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any, ClassVar

import llvmlite.binding as llvm
import numba
import numba.core.cgutils
import numba.core.codegen
import numba.core.cpu
import numba.core.registry
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from vm.native import jit, parts
from vm.native.elsewhere import end_with_parent
from vm.native.entries import emit_c, emit_python

_core: Any = numba.core  # which has no types

_OPTIONS = {"error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_omitted: Any = types.Omitted


class _Library(_core.codegen.AOTCodeLibrary):  # type: ignore[misc]
    """The code of one function, which is not optimised by itself: as a module of LLVM's in :data:`made`."""

    made: ClassVar[list[_Library]] = []

    def _optimize_functions(self, ll_module: Any) -> None:
        """Leave it to the end."""

    def finalize(self) -> None:
        """Note the module; what it calls is linked at the end."""
        self._raise_if_finalized()
        self._finalized = True
        self.made.append(self)

    def optimise(self) -> None:
        """Optimise it once: numba's first, cheap passes prepare for counting references, which nothing here does."""
        manager, builder = self._codegen._module_pass_manager()
        manager.run(self._final_module, builder)

    def get_pointer_to_function(self, name: str) -> int:
        """Nothing runs here."""
        return 0


class _Codegen(_core.codegen.AOTCPUCodegen):  # type: ignore[misc]
    _library_class = _Library

    def _customize_tm_options(self, options: dict[str, Any]) -> None:
        super()._customize_tm_options(options)
        options["cpu"] = self._get_host_cpu_name()
        options["reloc"], options["codemodel"] = "pic", "small"

    def _customize_tm_features(self) -> str:
        features: str = self._get_host_cpu_features()
        return features


class Collector:
    """Takes the place of :mod:`vm.native.jit` while the machine's modules are imported."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.entries: list[tuple[Any, Any, Any]] = []

    def inner(self, function: Callable[..., Any]) -> Any:
        """A function that only compiled code calls: compiled for each types that it is called with."""
        options: Any = _OPTIONS
        return numba.njit(**options)(function)

    def python_entry(self, function: Callable[..., Any], signature: str) -> Any:
        """A function that Python calls."""
        return self._entered(function, signature, emit_python)

    def c_entry(self, function: Callable[..., Any], signature: str) -> Any:
        """A function that machine code calls."""
        return self._entered(function, signature, emit_c)

    def _entered(self, function: Callable[..., Any], signature: str, emit: Callable[..., None]) -> Any:
        made = self.inner(function)
        if function.__module__ in parts.MODULES[self.part]:
            self.entries.append((made, _types(signature, function), emit))
        return made

    def foreign(self, function: Callable[..., Any], signature: str) -> Any:
        """A call of machine code at an address."""
        result, *parameters = _types(signature, function)
        parameters = list(parameters[0])

        def typed(_context: Any, *_arguments: Any) -> Any:
            return result(types.int64, *(types.int64 for _ in parameters)), generate

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            kinds = [context.get_value_type(kind) for kind in parameters]
            kind = ir.FunctionType(ir.VoidType(), kinds)
            pointer = builder.inttoptr(arguments[0], kind.as_pointer())
            values = [
                value if wanted == ir.IntType(64) else builder.trunc(value, wanted)
                for value, wanted in zip(arguments[1:], kinds, strict=True)
            ]
            builder.call(pointer, values)
            return context.get_dummy_value()

        names = ", ".join(f"_{number}" for number in range(len(parameters) + 1))
        made: dict[str, Any] = {"typed": typed}
        exec(f"def {function.__name__}(context, {names}):\n    return typed(context, {names})", made)
        return intrinsic(made[function.__name__])


def _types(signature: str, function: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The result's type and those of the arguments. Names of numba's, or of the function's module."""
    names = {**function.__globals__, **vars(types)}
    made = eval(signature, names)
    return made.return_type, made.args


def compile_part(part: str, tell: Callable[[int, int, str], None]) -> bytes:
    """Compile ``part`` to an object file; ``tell`` hears what is done, of how many steps, and what comes now."""
    context = _core.registry.cpu_target.target_context
    context._internal_codegen = generator = _Codegen("machine")
    # numba wants a builtin, and another one for each function: nobody calls it.
    _core.cpu.CPUContext.get_executable = lambda self, library, descriptor, environment: [].append
    jit.compiler = collector = Collector(part)
    for name in parts.MODULES[part]:
        importlib.import_module(name)
    steps = len(collector.entries) + 2
    wrappers = ir.Module("entries")
    for number, (function, (result, parameters), emit) in enumerate(collector.entries):
        name = f"{function.py_func.__module__}.{function.py_func.__name__}"
        tell(number, steps, name)
        parameters += (_omitted(None),) * (function.py_func.__code__.co_argcount - len(parameters))
        function.compile(parameters)
        compiled = function.overloads[parameters]
        assert compiled.signature.return_type == result, f"{name} returns {compiled.signature.return_type}"
        compiled.library._ensure_finalized()
        callee = context.declare_function(wrappers, compiled.fndesc)
        emit(context, wrappers, name, callee, result, parameters)
    tell(steps - 2, steps, "optimising")
    library = _link(generator, wrappers)
    library.optimise()
    # numba refers so to arrays that are not contiguous or large: to where they are in this process.
    addresses = [
        value.name for value in library._final_module.global_variables if value.name.startswith("numba.dynamic.globals")
    ]
    assert not addresses, f"code that holds addresses of this process: {addresses}"
    tell(steps - 1, steps, "machine code")
    made: bytes = generator._tm.emit_object(library._final_module)
    tell(steps, steps, "")
    return made


def _link(generator: Any, wrappers: ir.Module) -> _Library:
    """All that was compiled, and the entries into it, which alone can be seen from outside."""
    library: _Library = generator.create_library("machine")
    whole = library._final_module
    for other in _Library.made:
        whole.link_in(other._final_module)
    entries = llvm.parse_assembly(_core.cgutils.normalize_ir_text(str(wrappers)))
    entries.get_global_variable(parts.OBJECTS_SYMBOL).visibility = "hidden"  # and so within reach of the code
    whole.link_in(entries)
    for function in whole.functions:
        if not function.is_declaration and not function.name.startswith((parts.PYTHON, parts.C)):
            function.linkage = llvm.Linkage.internal
    whole.verify()
    return library


def main() -> None:
    """Compile what the command line names; standard output has a line of JSON for each step, the last with the object.

    :mod:`vm.native.elsewhere` reads them. When nobody does any more this process ends.
    """
    end_with_parent()
    gc.disable()  # the process ends soon, and looking for garbage would take a tenth of its time
    lines = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever else is printed is a message

    def tell(done: int, steps: int, name: str) -> None:
        lines.write(json.dumps({"done": done, "steps": steps, "name": name}) + "\n")
        lines.flush()

    made = compile_part(sys.argv[1], tell)
    lines.write(json.dumps({"object": base64.b64encode(made).decode()}) + "\n")
    lines.close()
