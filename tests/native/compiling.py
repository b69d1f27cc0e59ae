"""Compiles a part of the tests' own, which is small."""

from __future__ import annotations

import pytest

from vm.native import elsewhere

TINY = "tiny"
MODULE = "tests.native.tiny"
CODE = f"from vm.native import parts; parts.MODULES[{TINY!r}] = ({MODULE!r},); "
"""What the process that compiles has to know besides."""


def compile_tiny(**environment: str) -> bytes:
    """An object file of the tests' part, compiled with these variables of the environment as well."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        head, _, tail = elsewhere._CODE.partition("from ")
        patch.setattr(elsewhere, "_CODE", f"{head}{CODE}from {tail}")
        return elsewhere.compile_elsewhere([TINY])[TINY]
