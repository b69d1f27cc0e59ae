"""Builtin functions of Python's that run machine code of ours, or until there is any a Python function.

CPython calls what stands in a PyMethodDef at every call, so that machine code can take the place of the Python function
while everybody keeps the builtin (Python/C API, "Common Object Structures").
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

_FASTCALL_WITH_KEYWORDS = 0x80 | 0x02
"""METH_FASTCALL | METH_KEYWORDS: called with (self, arguments, how many, names of keywords)."""


class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def api_address(name: str) -> int:
    """Where a function of Python's C API, or of the C library, is; AttributeError."""
    return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0


def keep(thing: object) -> None:
    """Let something be there for good: a program's end takes modules apart while builtins may still be called."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


class Builtin:
    """A builtin function: ``function``, an object of Python's, which for now calls ``fallback``."""

    def __init__(self, name: str, doc: str, fallback: Callable[..., Any]) -> None:
        # PyObject_Vectorcall takes what a method does, with the object to be called in the place of self.
        vectorcall = api_address("PyObject_Vectorcall")
        self._method = _MethodDef(name.encode(), vectorcall, _FASTCALL_WITH_KEYWORDS, doc.encode())
        make = ctypes.pythonapi.PyCFunction_NewEx
        make.restype, make.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
        self.function: Callable[..., Any] = make(ctypes.addressof(self._method), fallback, None)
        keep(self._method)

    def enter_at(self, address: int) -> None:
        """Run the machine code at ``address`` from now on, which takes what METH_FASTCALL | METH_KEYWORDS says."""
        self._method.function = address
