"""The rule of the shape of a family: who has made whom, in whatever order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from vm.grade.conduct import Descent
from vm.grade.rules.values import DEEPEST, Values
from vm.grade.rules.violation import Seen, Violation, bounds_text
from vm.text import shortened

Shape: TypeAlias = "tuple[Shape, ...]"
"""A process: the shapes of its children."""


def tree(seen: Seen, values: Values) -> Iterator[Violation]:
    """The family has the shape, or keeps within the bounds, that a file says."""
    seen.demand("members")
    depths, widths = _measure(seen)
    found = {"depth": max(depths.values()), "width": max(widths.values()), "processes": len(depths)}
    for name, least, most in values["bounds"]:
        if (most is not None and found[name] > most) or (found[name] < least and seen.conduct.is_over):
            yield Violation(
                title=f"the {name} of the family is {found[name]:,}, not {bounds_text(least, most)}"
                if name != "processes"
                else f"the family has {found[name]:,} processes, not {bounds_text(least, most)}",
                expected=f"{name}: {bounds_text(least, most)}",
                came=(_drawn(seen, found["depth"]),),
                key=name,
            )
    shape = values["shape"]
    if shape is None:
        return
    is_cut = not seen.conduct.is_over and len(depths) <= _count(shape)
    if not is_cut and (found["depth"] > DEEPEST or _sorted(_shape(seen)) != _sorted(shape)):
        yield Violation(
            title="the family of processes has another shape",
            expected=f"tree: {shortened(_text(shape), 200)}",
            came=(_drawn(seen, found["depth"]),),
            key="shape",
        )


def _measure(seen: Seen) -> tuple[dict[Descent, int], dict[Descent, int]]:
    """The generation of each process, the first at 0, and how many children it has made."""
    depths: dict[Descent, int] = {}
    widths: dict[Descent, int] = {}
    for member in seen.conduct.members:
        depths[member.descent] = depths.get(member.maker, -1) + 1
        widths[member.descent] = 0
        if member.maker:
            widths[member.maker] += 1
    return depths, widths


def _drawn(seen: Seen, depth: int) -> str:
    return f"tree: {shortened(_text(_shape(seen)), 200)}" if depth <= DEEPEST else f"a tree of {depth:,} generations"


def _shape(seen: Seen) -> Shape:
    """The family as tuples within tuples, as far as it is no deeper than what a file can say."""
    below: dict[Descent, list[Shape]] = {}
    for member in reversed(seen.conduct.members):
        made = tuple(reversed(below.pop(member.descent, [])))
        below.setdefault(member.maker, []).append(made)
    return below[()][0]


def _sorted(shape: Shape) -> Shape:
    return tuple(sorted(_sorted(child) for child in shape))


def _count(shape: Shape) -> int:
    return 1 + sum(_count(child) for child in shape)


def _text(shape: Shape) -> str:
    """A shape as a file says it."""
    if not any(shape):
        return str(len(shape))
    return f"[{', '.join(_text(child) for child in shape)}]"
