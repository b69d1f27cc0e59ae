"""What ``--compare`` of ``forklore film`` names: the settings under which one program is filmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click

from vm.settings import StrategyName
from vm.values import dataclass

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

STRATEGIES: tuple[StrategyName, ...] = get_args(StrategyName)
VFORK, AS_FORK = "vfork", "vfork-as-fork"
NAMES = (*STRATEGIES, VFORK, AS_FORK, *(f"{name}+{AS_FORK}" for name in STRATEGIES[1:]))
"""What can be compared: fork's strategies; vfork as it is; vfork made a fork by copy, or by another strategy."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Settings by a ``name``: the strategy of fork, and whether vfork is a fork as well."""

    name: str
    fork: StrategyName
    vfork_as_fork: bool

    @property
    def is_about_vfork(self) -> bool:
        """Tell whether it means something only where a program calls vfork."""
        return self.vfork_as_fork or self.name == VFORK


def named(name: str) -> Compared:
    """Return the settings that one of :data:`NAMES` stands for."""
    first, _, _ = name.partition("+")
    return Compared(name, next((each for each in STRATEGIES if each == first), STRATEGIES[0]), name.endswith(AS_FORK))


class Comparing(click.ParamType[tuple[Compared, ...]]):
    """Two names or more, with commas between them."""

    name = "NAME,NAME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Compared, ...]:
        """Return what they stand for."""
        names = value.split(",")
        for name in names:
            if name not in NAMES:
                self.fail(f"{name!r} is none of {', '.join(NAMES)}", param, ctx)
            if names.count(name) > 1:
                self.fail(f"{name} is named more than once", param, ctx)
        if len(names) < 2:
            self.fail(f"{value!r} is only one; give two or more, with a comma between them", param, ctx)
        return tuple(map(named, names))

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the last of the names, with one that is not there yet."""
        from click.shell_completion import CompletionItem

        before, comma, begun = incomplete.rpartition(",")
        left = [name for name in NAMES if name not in before.split(",") and name.startswith(begun)]
        return [CompletionItem(f"{before}{comma}{name}") for name in left]
