"""``forklore outcomes --compare``: several programs side by side, or one with vfork as it is and made a fork."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from vm.cli.check import observe
from vm.cli.outcomes_printing import columns, print_lines
from vm.statuses import STATUS_LIMIT

if TYPE_CHECKING:
    from vm.machine import Machine
    from vm.outcomes.answer import Outcomes
    from vm.outcomes.comparing import Compared


def compare(
    machine: Machine, programs: Sequence[str], explore: Callable[[Machine, str], Outcomes], asked: dict[str, Any],
    show: int, *, is_json: bool,
) -> int:  # fmt: skip
    """Explore all and print; the exit status. Raises CannotRun."""
    from vm.outcomes.comparing import Compared, side_by_side

    variants = [(program, program, machine) for program in programs]
    if len(programs) == 1:
        variants = [
            ("vfork made a fork", programs[0], replace(machine, vfork_as_fork=True)),
            ("vfork as it is", programs[0], replace(machine, vfork_as_fork=False)),
        ]
    compared = [
        Compared(name, explore(each, program), _damage(each, program, asked)) for name, program, each in variants
    ]
    if is_json:
        _print_json(compared, [program for _, program, _ in variants], show)
    else:
        print_lines(side_by_side(compared, columns(), show))
    return 0 if all(each.outcomes.complete for each in compared) else STATUS_LIMIT


def _damage(machine: Machine, program: str, asked: dict[str, Any]) -> str:
    """What a vfork child does to its parent in the run that the machine makes by itself; empty for nothing."""
    from vm.hazards.findings import here
    from vm.hazards.rules import Level

    run = machine.boot(program, environment=asked["environment"], input=asked["input"], keep=False)
    judge = observe(run)
    run.finish()
    found = [each for each in judge() if each.level == Level.ERROR and not each.accepted]
    if not found:
        return ""
    location = found[0].location
    place = f": {here(location)}:{location.line}" if location.line else ""
    return f"{found[0].title}{place}"


def _print_json(compared: Sequence[Compared], programs: Sequence[str], show: int) -> None:
    import json

    from vm.outcomes.answer_json import FORMAT_VERSION, as_json

    documents = []
    for each, program in zip(compared, programs, strict=True):
        found = as_json(each.outcomes, program, [], shown=each.outcomes.numbered(show))
        documents.append({"name": each.name, "damage": each.damage, "answer": found})
    click.echo(json.dumps({"version": FORMAT_VERSION, "compared": documents}, indent=1))
