"""Members of enumerations are plain attributes, in all of the product."""

from __future__ import annotations

import ast
import pickle
from enum import IntFlag
from pathlib import Path

from vm.abi import Protection, Signal
from vm.enums import quick

SOURCES = sorted((Path(__file__).parents[1] / "vm").rglob("*.py"))


def test_every_enumeration_is_quick() -> None:
    slow = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                bases, decorators = map(ast.unparse, node.bases), [*map(ast.unparse, node.decorator_list)]
                if any(base.endswith(("Enum", "Flag")) for base in bases) and "quick" not in decorators:
                    slow.append(f"{path.name}: {node.name}")
    assert not slow


def test_members_are_what_they_were() -> None:
    @quick
    class Light(IntFlag):
        RED = 1
        GREEN = 2
        YELLOW = 3
        STOP = 1

    assert all(vars(Light)[name] is member for name, member in Light.__members__.items())
    assert list(Light) == [1, 2]
    assert (Light.STOP, Light.YELLOW) == (Light.RED, Light.RED | Light.GREEN)
    assert (Light(1), Light["STOP"], Light.RED.name) == (Light.RED, Light.RED, "RED")
    assert pickle.loads(pickle.dumps(Signal.SIGINT)) is Signal.SIGINT
    assert str(Protection.READ | Protection.WRITE) == str(Protection(Protection.READ + Protection.WRITE))
