"""A part of the tests' own, compiled once."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.native.compiling import MODULE, TINY, compile_tiny
from vm.native import jit, packing, parts, placing


@pytest.fixture(scope="session")
def tiny_object() -> bytes:
    """The object file of it."""
    if not jit.ENABLED:
        pytest.skip("nothing is compiled")
    return compile_tiny()


@pytest.fixture(scope="session")
def tiny(tiny_object: bytes) -> Iterator[ModuleType]:
    """The module, whose functions are builtins that run machine code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(jit._PARTS, MODULE, TINY)
        patch.setitem(jit._entries, TINY, [])
        patch.setitem(jit._loaded, TINY, placing.place(packing.pack(tiny_object)))
        assert TINY not in parts.MODULES
        yield importlib.import_module(MODULE)
