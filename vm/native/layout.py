"""Where machine code finds what it takes apart: fields of Python's objects and of numpy's arrays.

The offsets are those of CPython with its global lock, and of numpy, on hosts of 64 bits (PyObject in the Python/C API,
PyArrayObject_fields and PyArray_Descr in numpy's ndarraytypes.h). Nothing is entered before they have been tried.
"""

from __future__ import annotations

from ctypes import c_char, c_int32, c_void_p

import numpy as np

OBJECT_TYPE = 8
"""Offset of the type of an object."""
ARRAY_DATA, ARRAY_DIMENSIONS, ARRAY_SHAPE, ARRAY_DTYPE, ARRAY_FLAGS = 16, 24, 32, 56, 64
"""Offsets in an array: where its elements are, how many dimensions it has, where its shape is, its dtype, its flags."""
DTYPE_ORDER, DTYPE_NUMBER = 26, 28
"""Offsets in a dtype: the character for its order of bytes, and its number."""


def is_as_expected() -> bool:
    """True if an array of this process has its fields there."""
    array = np.zeros((2, 3), np.uint32)[:1]
    here = id(array)

    def pointer(address: int) -> int:
        return c_void_p.from_address(address).value or 0

    shape = pointer(here + ARRAY_SHAPE)
    return (
        pointer(here + OBJECT_TYPE) == id(np.ndarray)
        and pointer(here + ARRAY_DATA) == array.__array_interface__["data"][0]
        and c_int32.from_address(here + ARRAY_DIMENSIONS).value == 2
        and (pointer(shape), pointer(shape + 8)) == array.shape
        and pointer(here + ARRAY_DTYPE) == id(array.dtype)
        and c_int32.from_address(here + ARRAY_FLAGS).value & 0xFFF == array.flags.num & 0xFFF
        and c_char.from_address(id(array.dtype) + DTYPE_ORDER).value == b"="
        and c_int32.from_address(id(array.dtype) + DTYPE_NUMBER).value == array.dtype.num
    )
