"""Copies of plain state have the same shape, share nothing that can change, and are made however deep it is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.graphs import shared
from vm import copying
from vm.copying import Copier, NotCopyable


@pytest.fixture(autouse=True, params=[1, 2, copying.OFTEN])
def often(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes are met for the first time, and code is written for the first of their objects, the second or none."""
    classes = copying._BY_ATTRIBUTES
    monkeypatch.setattr(copying, "OFTEN", request.param)
    for name in ("_WAYS", "_FILLS"):
        known = getattr(copying, name)
        monkeypatch.setattr(
            copying, name, type(known)({kind: way for kind, way in known.items() if kind not in classes})
        )
    monkeypatch.setattr(copying, "_BY_ATTRIBUTES", {})


class Colour(Enum):
    RED = 1


class Node:
    """A tree whose nodes know their parents, as directories do."""

    _follow: tuple[str, ...] = ("parent", "entries")

    def __init__(self, parent: Node | None = None) -> None:
        self.parent = parent
        self.entries: dict[str, Node] = {}
        self.mode = 0o755


class File(Node):
    """What a class adds is followed too."""

    _follow = ("blocks",)

    def __init__(self, parent: Node) -> None:
        super().__init__(parent)
        self.blocks = {0: bytearray(b"block")}


@dataclass(slots=True)
class Slotted:
    _follow = ("held",)
    name: str
    held: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Content:
    """Frozen, and yet it holds something that is not."""

    _follow = ("source",)
    source: Slotted
    size: int


@dataclass(frozen=True)
class Value:
    number: int


class Pair(NamedTuple):
    first: Any
    second: Any


class Unset:
    __slots__ = ("__own", "later")
    _follow = ("later",)

    def __init__(self) -> None:
        self.__own = [1]

    @property
    def own(self) -> list[int]:
        return self.__own


class Partly:
    """Of what it follows some is there, in a slot, in its dict, or in its class."""

    __slots__ = ("__dict__", "first", "second")
    _follow = ("first", "second", "third", "fourth")
    fourth: Any = None


class Row(list[Any]):
    _follow = ("owner",)

    def __init__(self, owner: Any) -> None:
        super().__init__([owner, 1])
        self.owner = owner


class Itself:
    """Its copy is what it makes; the way leads back to it."""

    def __init__(self) -> None:
        self.friend: Any = None
        self.cache = {"made": "again"}

    def copied_by(self, copier: Copier) -> Itself:
        twin = copier.remember(self, Itself.__new__(Itself))
        twin.friend, twin.cache = copier(self.friend), {}
        return twin


def test_every_kind_of_state() -> None:
    slotted = Slotted("name", [1, [2], {"x": {3}}])
    root: dict[Any, Any] = {
        "list": [slotted, slotted],
        "content": Content(slotted, 5),
        "deque": deque([[1], 2], maxlen=7),
        "plain": (deque([1, 2], maxlen=3), {1, 2}, b"bytes", 1.5, None, Colour.RED, Value(3), range(4)),
        "pair": Pair(slotted, (1, (2, [3]))),
        "array": np.arange(5),
        "row": Row(slotted),
        "keys": {slotted.name: 1, Value(1): 2},
        "functions": [len, test_every_kind_of_state, Node, np],
    }
    root["itself"] = [root]
    copy = Copier().copy(root)
    assert shared(root, copy) == []
    assert copy["list"][0] is copy["list"][1] is copy["content"].source is copy["pair"].first is copy["row"].owner
    assert copy["list"][0] == slotted
    assert copy["content"].size == 5
    assert copy["deque"] == root["deque"]
    assert copy["deque"].maxlen == 7
    assert copy["plain"] == root["plain"]
    assert copy["plain"][-2] is root["plain"][-2], "a value"
    assert copy["pair"].second == root["pair"].second
    assert type(copy["pair"]) is Pair
    assert copy["array"].tolist() == [0, 1, 2, 3, 4]
    assert copy["row"] == [copy["list"][0], 1]
    assert copy["keys"] == root["keys"]
    assert copy["functions"] == root["functions"]
    assert copy["itself"][0] is copy


def test_state_as_keys_and_in_sets() -> None:
    first, second = Node(), Node()
    first.parent = second
    copy = Copier().copy({"users": {first: 1, (second, 1): 2}, "all": {first, second}, "nodes": [first, second]})
    one, other = copy["nodes"]
    assert copy["users"] == {one: 1, (other, 1): 2}
    assert copy["all"] == {one, other}
    assert one.parent is other


def test_what_is_not_set_and_what_is_private() -> None:
    unset = Unset()
    with pytest.raises(AttributeError):
        Copier().copy(unset).later  # noqa: B018
    copy = Copier().copy(unset)
    assert copy.own is unset.own, "taken over as it is"
    assert shared(unset, copy), "which is seen"


def test_what_is_partly_set_is_copied_once() -> None:
    for names in ((), ("first",), ("second", "third"), ("third", "fourth"), ("first", "second", "third", "fourth")):
        partly, friend = Partly(), [Node()]
        for name in names:
            setattr(partly, name, friend)
        vars(partly)["extra"] = "not followed"
        copy, other = Copier().copy((partly, friend))
        assert all(hasattr(copy, name) is (name in names) for name in ("first", "second", "third"))
        assert all(getattr(copy, name) is other for name in names)
        assert other[0] is not friend[0]
        assert vars(copy)["extra"] == "not followed"
        assert shared(partly, copy) == []


def test_what_only_the_copier_holds() -> None:
    """Its place in memory may be another's at once: it must not be taken for that."""
    seen: list[list[int]] = []

    class Maker:
        def copied_by(self, copier: Copier) -> Maker:
            seen.extend(copier([number]) for number in range(100))
            return self

    Copier().copy(Maker())
    assert seen == [[number] for number in range(100)]


def test_a_class_that_copies_itself() -> None:
    one, other = Itself(), Itself()
    one.friend, other.friend = other, one
    copy = Copier().copy(one)
    assert copy.friend.friend is copy
    assert (copy.cache, one.cache) == ({}, {"made": "again"})
    assert shared(one, copy) == []


def test_depth_and_width_are_no_obstacle() -> None:
    root = node = Node()
    for number in range(10_000):
        child = (File if number % 2 else Node)(node)
        node.entries["deeper"] = child
        node = child
    copy = Copier().copy(root)
    assert shared(root, copy) == []
    depth, place = 0, copy
    while place.entries:
        place, depth = place.entries["deeper"], depth + 1
    assert depth == 10_000
    assert isinstance(place, File)
    assert (place.blocks, place.mode) == ({0: bytearray(b"block")}, 0o755)


class Unknown:
    pass


class Wrong:
    __slots__ = ("real",)
    _follow = ("unreal",)


def closure() -> Callable[[], list[int]]:
    state = [1]
    return lambda: state


REFUSED: dict[str, tuple[Any, str]] = {
    "an unknown class": (Unknown(), "test_copying.Unknown"),
    "a bound method": (Node().__init__, "bound method Node.__init__"),  # type: ignore[misc]
    "a built-in bound method": ([].append, "bound method list.append"),
    "a closure": (closure(), "function closure.<locals>.<lambda>"),
    "a partial": (partial(len), "functools.partial"),
    "a generator": ((number for number in ()), "generator"),
    "a view": (np.zeros(4)[1:], "numpy array that is a view"),
    "an unknown container": (memoryview(bytearray(2)), "memoryview"),
    "a wrong name": (Wrong(), "has no unreal to follow"),
    "a frozenset": (frozenset([Node()]), "frozenset"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_copied_is_named(what: str) -> None:
    thing, said = REFUSED[what]
    with pytest.raises(NotCopyable, match=said):
        Copier().copy(thing)
    with pytest.raises(NotCopyable, match=rf"{said}.*, held by .*test_copying.Slotted"):
        Copier().copy(Slotted("holder", thing))
