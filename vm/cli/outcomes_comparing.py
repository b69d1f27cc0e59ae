"""``forklore outcomes --compare``: several programs side by side, or one under several settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from vm.cli.check import borrowed, observe
from vm.cli.report_lines import columns, print_lines
from vm.statuses import STATUS_LIMIT
from vm.values import dataclass

if TYPE_CHECKING:
    from vm.machine import Machine
    from vm.outcomes.answer import Outcomes
    from vm.outcomes.comparing import Compared


@dataclass(frozen=True, slots=True)
class _Variant:
    """What is explored: a ``program`` in a ``machine``, at a ``terminal`` or with pipes."""

    name: str
    program: str
    machine: Machine
    terminal: bool


def compare(
    machine: Machine, programs: Sequence[str], explore: Callable[..., Outcomes], asked: dict[str, Any], show: int, *,
    is_json: bool,
) -> int:  # fmt: skip
    """Explore all and print; the exit status. ``asked`` is what :meth:`Machine.outcomes` is asked. Raises CannotRun."""
    from vm.outcomes.comparing import Compared, side_by_side

    terminal: bool = asked["terminal"]
    variants = [_Variant(program, program, machine, terminal) for program in programs]
    damages = [_damage(each, asked) for each in variants]
    if len(variants) == 1:
        [one], (_, calls_vfork) = variants, damages[0]
        variants = [replace(one, name="as it is")]
        if calls_vfork:
            other = replace(machine, vfork_as_fork=not machine.vfork_as_fork)
            name = "vfork made a fork" if other.vfork_as_fork else "vfork as it is"
            variants.append(_Variant(name, one.program, other, terminal))
            damages.append(_damage(variants[-1], asked))
        variants.append(replace(one, name="into a pipe" if terminal else "at a terminal", terminal=not terminal))
        damages.append(("", False))
    compared = [
        Compared(each.name, explore(each.machine, each.program, terminal=each.terminal), damage)
        for each, (damage, _) in zip(variants, damages, strict=True)
    ]
    if is_json:
        _print_json(compared, [each.program for each in variants], show)
    else:
        print_lines(side_by_side(compared, columns(), show))
    return 0 if all(each.outcomes.complete for each in compared) else STATUS_LIMIT


def _damage(variant: _Variant, asked: dict[str, Any]) -> tuple[str, bool]:
    """What a vfork child does to its parent in the run that the machine makes by itself, in words; is there a child?"""
    from vm.hazards.findings import here
    from vm.hazards.rules import Level

    given = {name: asked[name] for name in ("environment", "input", "terminal")}
    run = variant.machine.boot(variant.program, keep=False, **given)
    judge, children = observe(run), borrowed(run)
    run.finish()
    found = [each for each in judge() if each.level == Level.ERROR and not each.accepted]
    if not found:
        return "", bool(children)
    location = found[0].location
    place = f": {here(location)}:{location.line}" if location.line else ""
    return f"{found[0].title}{place}", bool(children)


def _print_json(compared: Sequence[Compared], programs: Sequence[str], show: int) -> None:
    import json

    from vm.outcomes.answer_json import FORMAT_VERSION, as_json

    documents = []
    for each, program in zip(compared, programs, strict=True):
        found = as_json(each.outcomes, program, [], shown=each.outcomes.numbered(show))
        documents.append({"name": each.name, "damage": each.damage, "answer": found})
    click.echo(json.dumps({"version": FORMAT_VERSION, "compared": documents}, indent=1))
