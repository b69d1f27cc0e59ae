"""Brings the machine code of a part into this process.

What :mod:`vm.native.packing` has prepared is placed by our own arena. Elsewhere, on processors and systems whose object
files it does not know, LLVM places the object file: that takes an import of llvmlite at every start.
"""

from __future__ import annotations

import ctypes
import marshal
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from vm.native.arena import Arena
from vm.native.builtins import api_address, keep
from vm.native.layout import is_as_expected
from vm.native.parts import OBJECT_FILE, OBJECTS_SYMBOL, PIECE, PYTHON, C, CannotCompile
from vm.values import dataclass


def _raise(data: bytes) -> None:
    """Raise the exception that numba keeps as ``data``: what it is, its arguments, and where it is raised."""
    import pickle

    kind, arguments, _ = pickle.loads(data)
    raise kind(*arguments)


OBJECTS = (np.ndarray, TypeError, _raise, (TypeError, OverflowError))
"""What machine code refers to, in the order of :mod:`vm.native.parts`."""
keep(OBJECTS)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Machine code in this process: ``find`` has the address of a symbol, ``keeper`` holds the memory."""

    find: Callable[[str], int]
    keeper: object

    def python(self, name: str) -> int:
        """Where a function begins that METH_FASTCALL | METH_KEYWORDS calls."""
        return self.find(PYTHON + name)

    def c(self, name: str) -> int:
        """Where a function begins that C calls."""
        return self.find(C + name)


class NotPacked(Exception):
    """What is to be placed is nothing that :func:`vm.native.packing.pack` makes."""


def place(content: bytes) -> Loaded:
    """Place what :func:`vm.native.packing.pack` made.

    Raises NotPacked for what has another shape, and CannotCompile in a Python whose objects have one.
    """
    if not is_as_expected():
        raise CannotCompile(f"machine code cannot be entered by Python {sys.version} with numpy {np.__version__}")
    try:
        kind, *rest = marshal.loads(content)
        if kind not in (PIECE, OBJECT_FILE):
            raise ValueError(kind)
        return _place(*rest) if kind == PIECE else _place_by_llvm(*rest)
    except (LookupError, TypeError, ValueError, EOFError, AttributeError, OverflowError) as error:
        raise NotPacked(str(error)) from error


def _place(
    symbols: dict[str, int], objects: int, patches: list[tuple[int, str]], absolute: list[tuple[int, int]], code: bytes
) -> Loaded:
    if not all(0 <= place < len(code) for place in symbols.values()):
        raise ValueError("an entry outside")
    data = bytearray(code)
    arena = Arena(len(data) + 64)
    start = arena.end

    def put(place: int, address: int) -> None:
        if not 0 <= place <= len(code) - 8:
            raise ValueError(place)
        data[place : place + 8] = address.to_bytes(8, "little")

    for place, name in patches:
        put(place, api_address(name))
    for place, target in absolute:
        put(place, start + target)
    for index, item in enumerate(OBJECTS):
        put(objects + 8 * index, id(item))
    if arena.place(bytes(data), len(data)) != start:
        raise AssertionError("there is no room for what the room was made for")
    return Loaded(lambda name: start + symbols[name], arena)


def _place_by_llvm(data: bytes) -> Loaded:
    import llvmlite.binding

    llvm: Any = llvmlite.binding
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(data))
    objects = engine.get_function_address(OBJECTS_SYMBOL)
    for index, item in enumerate(OBJECTS):
        ctypes.c_void_p.from_address(objects + 8 * index).value = id(item)
    engine.finalize_object()
    return Loaded(engine.get_function_address, (machine, engine))
