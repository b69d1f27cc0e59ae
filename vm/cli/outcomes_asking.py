"""What is asked of ``forklore outcomes``, and how it is answered: explore, then count, list, look for one, save one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm.cli import fail, say
from vm.cli.executors import helpers, take_workers
from vm.cli.machine import environment_of, machine_of
from vm.cli.outcomes_given import Wanted, check_new_file, check_picture, content_of, wanted
from vm.cli.report_lines import columns, print_lines
from vm.statuses import STATUS_LIMIT

if TYPE_CHECKING:
    from vm.machine import Machine
    from vm.outcomes.answer import Outcomes
    from vm.outcomes.kinds import Possible
    from vm.outcomes.listing import Numbered

STATUS_IMPOSSIBLE = 1
MOST_IN_JSON, MOST_COMPARED = 1_000_000, 1_000
"""Outcomes that are shown at most where all of them are needed at once."""


class Asking:
    """The questions that options ask; they are taken out of ``options``, where those of the machine stay.

    Raises UsageError for what is no question.
    """

    def __init__(self, program: str, arguments: tuple[str, ...], options: dict[str, Any]) -> None:
        take = options.pop
        self._program, self._arguments = program, arguments
        self._is_json: bool = take("form") == "json"
        self._counts: bool = take("count")
        self._sample: int | None = take("sample")
        self._number: int | None = take("number")
        show = take("show")
        self._show: int | None = None if take("everything") else show
        self._schedule: Path | None = take("schedule")
        self._graph: Path | None = take("graph")
        self.compares: bool = take("compare")
        possible: str | None = take("possible")
        is_pattern: bool = take("partial")
        if is_pattern and possible is None:
            raise click.UsageError("--partial says that --possible has a pattern: give both")
        self._check(possible)
        self._wanted = None if possible is None else wanted(possible, is_pattern=is_pattern)
        source: Path | None = take("source")
        self._explored = {
            "terminal": take("stdout") == "tty", "runs": take("runs"), "steps": take("steps"),
            "input": b"" if source is None else content_of(source, "--input"),
        }  # fmt: skip
        self._workers = take_workers(options)
        self._options = options

    def _check(self, possible: str | None) -> None:
        """Find out before anything runs what cannot be answered."""
        asked = {
            "--possible": possible is not None, "--count": self._counts, "--sample": self._sample is not None,
            "--outcome": self._number is not None, "--compare": self.compares,
        }  # fmt: skip
        given = [name for name, is_given in asked.items() if is_given]
        if len(given) > 1:
            raise click.UsageError(f"{given[0]} and {given[1]} are two questions: ask one")
        for name, path in (("--schedule", self._schedule), ("--graph", self._graph)):
            if path is None:
                continue
            if given and given[0] not in ("--possible", "--outcome"):
                raise click.UsageError(f"{name} is of one outcome, and {given[0]} asks for none")
            check_new_file(path, name)
        if self._graph is not None:
            check_picture(self._graph)

    @property
    def programs(self) -> tuple[str, ...]:
        """All programs that are explored."""
        return (self._program, *self._arguments) if self.compares else (self._program,)

    # --- answers ------------------------------------------------------------------------------------------------------

    def answer(self) -> int:
        """Explore and print; the exit status."""
        from vm.outcomes.rests import TooLarge
        from vm.run import CannotRun
        from vm.settings import WrongSetting

        self._explored["environment"] = environment_of(self._options)
        machine = machine_of(self._options)
        try:
            if self.compares:
                from vm.cli.outcomes_comparing import compare

                most = MOST_COMPARED if self._show is None else min(self._show, MOST_COMPARED)
                return compare(machine, self.programs, self._explore, self._explored, most, is_json=self._is_json)
            return self._tell(self._explore(machine, self._program, self._arguments), machine.seed)
        except CannotRun as error:
            from vm.cli.diagnostics import tell_refusal

            tell_refusal(str(error))
            return error.status
        except WrongSetting as error:
            raise click.UsageError(str(error)) from None
        except TooLarge as error:
            say(f"{error}: this question cannot be answered here")
            return STATUS_LIMIT

    def _explore(self, machine: Machine, program: str, arguments: tuple[str, ...] = (), **others: Any) -> Outcomes:
        from vm.cli.outcomes_progress import exploring

        asked = {**self._explored, **others}
        with exploring() as progress, helpers(self._workers) as pool:
            executor = None if pool is None else pool.executor
            return machine.outcomes(program, arguments, executor=executor, progress=progress, **asked)

    def _tell(self, found: Outcomes, seed: int) -> int:
        """Answer the question that was asked, of one program; the exit status."""
        unsure = 0 if found.complete else STATUS_LIMIT
        if self._wanted is not None:
            possible = found.find(self._wanted.what)
            self._tell_run(found, possible, self._wanted)
            return 0 if possible is not None else STATUS_IMPOSSIBLE if found.is_explored else STATUS_LIMIT
        if self._number is not None:
            try:
                number = found.nth(self._number)
            except IndexError as error:
                raise click.BadParameter(str(error), param_hint="--outcome") from None
            self._tell_run(found, found.find(number))
            return unsure
        if self._counts and not self._is_json:
            click.echo(found.count)
            if not found.complete:
                say(f"there may be more: {'; '.join(found.bounds)}")
            return unsure
        if found and (self._schedule or self._graph):
            self._save(found, found.find(found.nth(1)))
        sample = None if self._sample is None else found.sample(self._sample, seed)
        if self._is_json:
            from vm.outcomes.listing import Numbered

            if self._show is None and found.count > MOST_IN_JSON and not self._counts:
                raise click.UsageError(f"{found.count:,} outcomes are too many for one JSON document: give --show N")
            numbered = found.numbered(0 if self._counts else self._show)
            self._print_json(found, numbered if sample is None else [Numbered(0, each) for each in sample])
        elif sample is not None:
            print_lines(found.sample_lines(sample, columns()))
        else:
            print_lines(found.lines(columns(), self._show))
        return unsure

    def _tell_run(self, found: Outcomes, possible: Possible | None, wanted: Wanted | None = None) -> None:
        """Save how an outcome comes about and show it, or why what is wanted does not."""
        self._save(found, possible)
        if self._is_json:
            from vm.outcomes.answer_json import asked_json

            reasons = found.reasons(wanted.what) if possible is None and wanted is not None else []
            given = wanted.given if wanted is not None else None
            told = asked_json(found, possible, asked=given, number=self._number, reasons=reasons)
            self._print_json(found, [], told)
        elif possible is not None:
            print_lines(found.run_lines(possible, self._number))
        elif wanted is not None:
            print_lines(found.refusal_lines(wanted.what, columns()))

    def _save(self, found: Outcomes, possible: Possible | None) -> None:
        """Write the schedule and the picture of a run, if they are asked for."""
        for path, write in ((self._schedule, _write_schedule), (self._graph, _write_picture)):
            if path is None:
                continue
            if possible is None:
                say(f"{path} is not written: there is no run to be shown in it")
                continue
            try:
                write(found, possible, path)
            except OSError as error:
                fail(f"cannot write {path}: {error.strerror or error}")

    def _print_json(self, found: Outcomes, shown: Sequence[Numbered], asked: Mapping[str, Any] | None = None) -> None:
        import json

        from vm.outcomes.answer_json import as_json

        document = as_json(found, self._program, self._arguments, shown=shown, asked=asked)
        click.echo(json.dumps(document, indent=1))


def _write_schedule(found: Outcomes, possible: Possible, path: Path) -> None:
    from vm.schedules.files import write_schedule

    write_schedule(found.schedule_of(possible), path)


def _write_picture(found: Outcomes, possible: Possible, path: Path) -> None:
    from vm.outcomes.picture import CannotDraw

    try:
        found.draw(possible, path, path.suffix.removeprefix("."))
    except CannotDraw as error:
        fail(str(error))
