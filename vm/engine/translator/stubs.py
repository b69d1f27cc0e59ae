"""The machine code between the driver, translated code and the page-table walker: compiled once, kept like the rest."""

from __future__ import annotations

import struct
from functools import cache

from vm.engine.translator import layout
from vm.engine.translator.cache import Cache

_FILE = "stubs"
_FUNCTIONS = {
    layout.ENTER: "enter",
    layout.RESOLVE: "resolve",
    layout.UNKNOWN_TARGET: "unknown_target",
    layout.SHORT_BUDGET: "short_budget",
    layout.ONE_STEP: "one_step",
}
"""The stubs by their places in a state block."""
_OFFSETS = struct.Struct(f"<{len(_FUNCTIONS)}I")


def stubs(kept: Cache) -> tuple[bytes, dict[int, int]]:
    """The code of all stubs, and where in it each begins, by its place in a state block; compiled if it is not kept."""
    data = kept.read(_FILE)
    if data is None or not _is_whole(data):
        data = _compiled()
        kept.write(_FILE, data)
    offsets = _OFFSETS.unpack_from(data)
    return data[_OFFSETS.size :], dict(zip(_FUNCTIONS, offsets, strict=True))


def _is_whole(data: bytes) -> bool:
    """True if there is some code, in which all stubs begin."""
    size = len(data) - _OFFSETS.size
    return size > 0 and all(offset < size for offset in _OFFSETS.unpack_from(data))


@cache
def _compiled() -> bytes:
    from vm.engine.translator import native

    code, functions = native.take_code(native.compile_ir(native.stubs()))
    return _OFFSETS.pack(*(functions[name] for name in _FUNCTIONS.values())) + code.data
