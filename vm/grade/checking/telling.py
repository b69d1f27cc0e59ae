"""What a check has found, for a person and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from vm.grade.checking.findings import Checked, Fate, Found, Level
from vm.grade.reports.passages import Replay, of_failure, title_of
from vm.quantities import plural
from vm.text import printable, shortened

FORMAT_VERSION = 1
"""The version of what :func:`as_json` returns; it grows when something is renamed or removed."""
_LONGEST_NAME = 48
_FATES = {
    Fate.FAILED: "{} noticed",
    Fate.SURVIVED: "{} passed by every test",
    Fate.UNJUDGED: "{} that could not be judged",
    Fate.SAME: "{} that change nothing",
    Fate.TWICE: "{} like another",
    Fate.UNBUILT: "{} that cannot be compiled",
}


def told(checked: Checked, repeats: Mapping[str, Replay] | None = None) -> Iterator[str]:
    """Tell what was found, in lines; ``repeats`` say by the tests' names how runs are repeated that depend on the
    schedule.
    """
    for found in checked.found:
        yield from _found(found, (repeats or {}).get(found.test))
    if checked.mutants:
        yield from _mutants(checked)
    errors, warnings = (sum(each.level is level for each in checked.found) for level in (Level.ERROR, Level.WARNING))
    yield f"{plural(errors, 'error')}, {plural(warnings, 'warning')}, {plural(len(checked.survivors), 'survivor')}"


def _found(found: Found, replay: Replay | None) -> Iterator[str]:
    where = f"{found.place}: " + (f'"{_name(found.test)}": ' if found.test else "")
    yield f"{found.level}: {printable(where)}{printable(found.title)}"
    for failure in found.failures:
        yield f"  {printable(title_of(failure))}"
        for passage in of_failure(failure, replay):
            if len(passage.lines) == 1:
                yield f"    {passage.label}: {printable(passage.lines[0])}"
            else:
                yield f"    {passage.label}:"
                yield from (f"      {printable(line)}" for line in passage.lines)
    if found.advice:
        yield f"  = {found.advice}"
    yield ""


def _mutants(checked: Checked) -> Iterator[str]:
    counts = [text.format(checked.count(fate)) for fate, text in _FATES.items() if checked.count(fate)]
    yield f"{len(checked.mutants)} of {plural(checked.possible, 'mutant')}: {', '.join(counts)}"
    width = max(len(_name(tally.test)) for tally in checked.tallies)
    yield f"  {'test'.ljust(width)}  points  fails  alone"
    for tally in checked.tallies:
        yield f"  {_name(tally.test).ljust(width)}  {tally.points:6g}  {tally.failed:5}  {tally.alone:5}"
    yield ""
    if checked.survivors:
        yield "survivors, which no test notices; some may do what the solution does:"
        yield from (f"  {printable(str(mutant))}" for mutant in checked.survivors)
        yield ""


def _name(text: str) -> str:
    return shortened(printable(text), _LONGEST_NAME)


def as_json(checked: Checked) -> dict[str, Any]:
    """Return what was found as what a JSON encoder takes."""
    plain = asdict(checked)
    for judged in plain["mutants"]:
        del judged["image"]
    return {"forklore": "grade check", "version": FORMAT_VERSION, "well": checked.is_well, **plain}
