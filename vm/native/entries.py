"""Emits the entries into compiled functions: for Python, and for C.

An entry for Python is what METH_FASTCALL | METH_KEYWORDS calls (Python/C API). It takes arrays apart by their fields,
which is as quick as it is safe, since it looks at their type first; the rest goes through Python's own functions.
"""

from __future__ import annotations

import sys
from typing import Any

import numba.core.cgutils
import numba.np.arrayobj
import numpy as np
from llvmlite import ir
from numba.core import types

from vm.native import layout, parts

cgutils: Any = numba.core.cgutils  # which has no types
arrayobj: Any = numba.np.arrayobj

_BYTE, _INT, _WORD = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_POINTER = _BYTE.as_pointer()
_FOREIGN_ORDER = ord(">" if sys.byteorder == "little" else "<")
_C_CONTIGUOUS, _ALIGNED, _WRITEABLE = 0x1, 0x100, 0x400


def _members(kind: Any) -> tuple[Any, ...]:
    return tuple(kind)


def _holds_arrays(kind: Any) -> bool:
    """True for an array, and for a tuple of them, which holds nothing else."""
    if not isinstance(kind, types.BaseTuple):
        return isinstance(kind, types.Array)
    assert len({_holds_arrays(member) for member in _members(kind)}) < 2, kind
    return any(_holds_arrays(member) for member in _members(kind))


class _Boxes:
    """Emits one function that METH_FASTCALL | METH_KEYWORDS calls."""

    def __init__(self, context: Any, module: ir.Module, name: str) -> None:
        self.context, self.module, self.name = context, module, name
        kind = ir.FunctionType(_POINTER, [_POINTER, _POINTER, _WORD, _POINTER])
        self.function = ir.Function(module, kind, parts.PYTHON + name)
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))

    def api(self, name: str, result: Any, *arguments: Any) -> Any:
        """Call a function of Python's."""
        kind = ir.FunctionType(result, [argument.type for argument in arguments])
        function = self.module.globals.get(name) or ir.Function(self.module, kind, name)
        return self.builder.call(function, arguments)

    def object(self, index: int) -> Any:
        """One of the objects that :mod:`vm.native.parts` numbers."""
        name = parts.OBJECTS_SYMBOL
        if name not in self.module.globals:
            count = parts.NO_INTEGER + 1
            table = ir.GlobalVariable(self.module, ir.ArrayType(_WORD, count), name)
            table.initializer = ir.Constant(table.value_type, count * [-1])  # not 0, for which files have no room
        table = self.module.globals[name]
        word = self.builder.load(self.builder.gep(table, [_INT(0), _INT(index)]))
        return self.builder.inttoptr(word, _POINTER)

    def field(self, base: Any, offset: int, kind: Any) -> Any:
        """A field of an object."""
        place = self.builder.gep(base, [_WORD(offset)])
        return self.builder.load(self.builder.bitcast(place, kind.as_pointer()))

    def text(self, content: str) -> Any:
        """A constant of C's."""
        data = bytearray(content.encode() + b"\0")
        name = f"text.{self.name}.{len(self.module.globals)}"
        made = cgutils.global_constant(self.module, name, ir.Constant(ir.ArrayType(_BYTE, len(data)), data))
        return self.builder.bitcast(made, _POINTER)

    def leave_if(self, condition: Any, message: str = "") -> None:
        """Return NULL on this condition, with a TypeError unless there is an exception already."""
        with cgutils.if_unlikely(self.builder, condition):
            if message:
                self.api("PyErr_SetString", ir.VoidType(), self.object(parts.TYPE_ERROR), self.text(message))
            self.builder.ret(_POINTER(None))

    def integer(self, item: Any, where: str) -> Any:
        """An int of Python's, or what has an ``__index__``."""
        builder = self.builder
        value = self.api("PyLong_AsLongLong", _WORD, item)
        with cgutils.if_unlikely(builder, builder.icmp_signed("==", value, _WORD(-1))):
            error = self.api("PyErr_Occurred", _POINTER)
            with cgutils.if_unlikely(builder, builder.icmp_unsigned("!=", error, _POINTER(None))):
                is_usual = self.api("PyErr_ExceptionMatches", _INT, self.object(parts.NO_INTEGER))
                message = f"{self.name}: {where} has to be an integer of 64 bits"
                self.leave_if(builder.icmp_signed("!=", is_usual, _INT(0)), message)
                builder.ret(_POINTER(None))
        return value

    def truth(self, item: Any) -> Any:
        """What any object of Python's means as a condition."""
        value = self.api("PyObject_IsTrue", _INT, item)
        self.leave_if(self.builder.icmp_signed("==", value, _INT(-1)))
        return self.builder.icmp_signed("!=", value, _INT(0))

    def array(self, item: Any, kind: Any, where: str) -> Any:
        """An array of numpy's."""
        builder, context = self.builder, self.context
        message = f"{self.name}: {where} has to be an array of {kind.dtype}, {kind.ndim}-dimensional, C-contiguous"
        message += "" if not kind.mutable else ", that can be written"
        kept_type = self.field(item, layout.OBJECT_TYPE, _POINTER)
        is_array = builder.icmp_unsigned("==", kept_type, self.object(parts.ARRAY))
        self.leave_if(builder.not_(is_array), message)
        need = _C_CONTIGUOUS | _ALIGNED | (_WRITEABLE if kind.mutable else 0)
        flags = builder.and_(self.field(item, layout.ARRAY_FLAGS, _INT), _INT(need))
        dtype = self.field(item, layout.ARRAY_DTYPE, _POINTER)
        order = self.field(dtype, layout.DTYPE_ORDER, _BYTE)
        self.leave_if(builder.icmp_unsigned("==", order, _BYTE(_FOREIGN_ORDER)), message)
        number = np.dtype(str(kind.dtype)).num
        dimensions = self.field(item, layout.ARRAY_DIMENSIONS, _INT)
        for value, wanted in (
            (flags, need),
            (self.field(dtype, layout.DTYPE_NUMBER, _INT), number),
            (dimensions, kind.ndim),
        ):
            self.leave_if(builder.icmp_unsigned("!=", value, _INT(wanted)), message)
        data = self.field(item, layout.ARRAY_DATA, _POINTER)
        sizes = self.field(item, layout.ARRAY_SHAPE, _POINTER)
        shape = [self.field(sizes, 8 * axis, _WORD) for axis in range(kind.ndim)]
        return make_array(context, builder, kind, data, shape)

    def value(self, item: Any, kind: Any, where: str) -> Any:
        """What an object means as a value of this type."""
        if isinstance(kind, types.Array):
            return self.array(item, kind, where)
        if isinstance(kind, types.BaseTuple):
            size = self.api("PyTuple_Size", _WORD, item)
            message = f"{self.name}: {where} has to be a tuple of {len(kind)}"
            self.leave_if(self.builder.icmp_signed("!=", size, _WORD(len(kind))), message)
            values = [
                self.value(self.api("PyTuple_GetItem", _POINTER, item, _WORD(index)), member, f"{where}[{index}]")
                for index, member in enumerate(_members(kind))
            ]
            return self.context.make_tuple(self.builder, kind, values)
        if kind == types.boolean:
            return self.truth(item)
        assert kind == types.int64, kind
        return self.integer(item, where)

    def build(self, description: str, *values: Any) -> Any:
        """The object that Py_BuildValue makes by this description."""
        name, kind = "Py_BuildValue", ir.FunctionType(_POINTER, [_POINTER], var_arg=True)
        function = self.module.globals.get(name) or ir.Function(self.module, kind, name)
        return self.builder.call(function, [self.text(description), *values])

    def result(self, value: Any, kind: Any) -> Any:
        """The object for a result."""
        if kind == types.void:
            return self.build("")
        if kind == types.boolean:
            return self.api("PyBool_FromLong", _POINTER, self.builder.zext(value, _WORD))
        if isinstance(kind, types.BaseTuple):
            assert all(member == types.int64 for member in _members(kind)), kind
            values = (self.builder.extract_value(value, index) for index in range(len(kind)))
            return self.build(f"({len(kind) * 'L'})", *values)
        assert kind == types.int64, kind
        return self.api("PyLong_FromLongLong", _POINTER, value)

    def emit(self, callee: Any, result: Any, parameters: Any) -> None:
        """Emit all of it."""
        builder = self.builder
        _, items, count, keywords = self.function.args
        given = [kind for kind in parameters if not isinstance(kind, types.Omitted)]
        wrong = builder.or_(
            builder.icmp_signed("!=", count, _WORD(len(given))),
            builder.icmp_unsigned("!=", keywords, _POINTER(None)),
        )
        self.leave_if(wrong, f"{self.name} takes {len(given)} arguments, none of them by keyword")
        places = builder.bitcast(items, _POINTER.as_pointer())
        values = [None for _ in parameters]
        # Integers and conditions run Python, which may move what an array holds: arrays are looked into behind them.
        for index in sorted(range(len(given)), key=lambda index: _holds_arrays(given[index])):
            item = builder.load(builder.gep(places, [_WORD(index)]))
            values[index] = self.value(item, given[index], f"argument {index + 1}")
        status, value = self.context.call_conv.call_function(builder, callee, result, parameters, values)
        with cgutils.if_unlikely(builder, status.is_error):
            information = builder.load(status.excinfoptr)
            data = self.api(
                "PyBytes_FromStringAndSize", _POINTER,
                builder.extract_value(information, 0), builder.zext(builder.extract_value(information, 1), _WORD),
            )  # fmt: skip
            self.leave_if(builder.icmp_unsigned("==", data, _POINTER(None)))
            nothing = self.api("PyObject_CallOneArg", _POINTER, self.object(parts.RAISE), data)
            self.api("Py_DecRef", ir.VoidType(), data)
            builder.ret(nothing)
        builder.ret(self.result(value, result))


def emit_python(context: Any, module: ir.Module, name: str, callee: Any, result: Any, parameters: Any) -> None:
    """Emit a function that METH_FASTCALL | METH_KEYWORDS calls."""
    _Boxes(context, module, name).emit(callee, result, parameters)


def make_array(context: Any, builder: Any, kind: Any, data: Any, shape: list[Any]) -> Any:
    """The value of a C-contiguous array at ``data``."""
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides = [_WORD(size)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = context.make_array(kind)(context, builder)
    pointer = builder.bitcast(data, context.get_data_type(kind.dtype).as_pointer())
    arrayobj.populate_array(array, pointer, shape, strides, size, meminfo=None)
    return array._getvalue()


def emit_c(context: Any, module: ir.Module, name: str, callee: Any, result: Any, parameters: Any) -> None:
    """Emit a function that C can call; of what it raises nobody hears."""
    kinds: list[Any] = []
    for kind in parameters:
        kinds += [_POINTER, _WORD] if isinstance(kind, types.Array) else [context.get_value_type(kind)]
    function = ir.Function(module, ir.FunctionType(context.get_value_type(result), kinds), parts.C + name)
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    given = iter(function.args)
    values = [
        make_array(context, builder, kind, next(given), [next(given)]) if isinstance(kind, types.Array) else next(given)
        for kind in parameters
    ]
    _, value = context.call_conv.call_function(builder, callee, result, parameters, values)
    builder.ret(value)
