"""What ``forklore grade`` writes: one report where it was asked for, and with ``-o`` a folder with all of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from vm.cli import fail
from vm.cli.executors import AskedWorkers, workers
from vm.cli.progress import progress
from vm.cli.report_lines import columns, print_lines
from vm.cli.writing import STANDARD_OUTPUT, write_target
from vm.values import dataclass
from vm.writing import remove_unfinished, write_whole

if TYPE_CHECKING:
    from vm.grade.films import Scene
    from vm.grade.grading import Common
    from vm.grade.lab import Lab
    from vm.grade.reports.passages import Replay
    from vm.grade.submissions import Handed
    from vm.grade.verdict import ClassVerdict
    from vm.lines import Line
    from vm.many.pool import Pool

FILMS = "films"
"""The folder of films below that of a report."""
FILM_SECONDS = 120.0
"""How long the making of a film may take; there is none of what takes longer."""
UNSEEN = ("build", "missing", "grader")
"""Kinds of failures that no film shows."""
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Extras:
    """What lies beside a report, by the names of a submission and of a test: folders that repeat lost runs, films."""

    replays: Mapping[tuple[str, str], Replay] = field(default_factory=dict)
    films: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def among(self, repeated: set[tuple[str, str]], filmed: set[tuple[str, str]]) -> Extras:
        """Return those that could be made: the folders of some, the films of some."""
        return Extras(
            {key: each for key, each in self.replays.items() if key in repeated},
            {key: each for key, each in self.films.items() if key in filmed},
        )


def write_report(verdict: ClassVerdict, form: str, report: str, extras: Extras, *, for_teacher: bool) -> None:
    """Write one report to a file, or to standard output."""
    if form == "text" and report == STANDARD_OUTPUT:
        print_lines(_lines(verdict, extras, columns(), for_teacher))
        return
    write_target(report, _encoded(verdict, form, extras, for_teacher))


def _lines(verdict: ClassVerdict, extras: Extras, width: int, for_teacher: bool) -> Iterator[Line]:
    """A submission in full, or a class in a table."""
    from vm.grade.reports import text

    if len(verdict.verdicts) == 1:
        [only] = verdict.verdicts
        return text.submission_lines(
            only, for_teacher=for_teacher, films=extras.films, replays=extras.replays, columns=width
        )  # fmt: skip
    return text.class_lines(verdict, for_teacher=for_teacher, columns=width)


def _encoded(verdict: ClassVerdict, form: str, extras: Extras, for_teacher: bool) -> bytes:
    from vm.grade.reports.writing import encoded

    if form == "text":
        from vm.lines import plain

        return plain(_lines(verdict, extras, WIDTH, for_teacher)).encode()
    try:
        return encoded(verdict, form, extras.replays, extras.films, for_teacher=for_teacher)
    except ValueError as error:
        fail(str(error))


def write_folder(
    folder: Path, common: Common, verdict: ClassVerdict, handed: Sequence[Handed], asked: AskedWorkers, films: int, *,
    for_teacher: bool,
) -> Extras:  # fmt: skip
    """Write all reports into a folder, and beside them what repeats lost runs, and ``films`` films: those of hidden
    tests for the teacher only.

    Return where those are, from here.
    """
    from vm.grade import replays
    from vm.grade.lab import Visibility
    from vm.grade.reports.writing import write_reports

    where, lab = {each.name: each for each in handed}, common.lab
    shown = {test.name for test in lab.tests if for_teacher or test.visibility is Visibility.VISIBLE}
    planned = {key: each for key, each in replays.plan(lab, verdict.verdicts).items() if key[1] in shown}
    chosen = _filmed(lab, verdict, films, shown)
    extras = Extras(planned, {scene: f"{FILMS}/{name}" for scene, name in chosen.items()})
    try:
        _clear(folder, extras)
        with workers(asked) as pool:
            repeated = _write_replays(folder, common, verdict, planned, where, pool)
            filmed = _write_films(folder, common, verdict, extras.films, where, pool)
        extras = extras.among(repeated, filmed)
        write_reports(folder, verdict, films=extras.films, replays=extras.replays, for_teacher=for_teacher)
    except OSError as error:
        fail(f"cannot write into {folder}: {error.strerror or error}")
    top = f"{folder}/"
    films_here = {scene: f"{top}{path}" for scene, path in extras.films.items()}
    return Extras(replays.plan(lab, verdict.verdicts, top), films_here).among(repeated, filmed)


def _clear(folder: Path, extras: Extras) -> None:
    """Remove what somebody who was killed was writing, and films and lost runs of an earlier grading."""
    from vm.grade.replays import FAILURES, SCHEDULE
    from vm.grade.reports.writing import FILES

    kept = {*extras.films.values(), *(replay.folder for replay in extras.replays.values())}
    for film in (folder / FILMS).glob("*.html"):
        if f"{FILMS}/{film.name}" not in kept:
            film.unlink()
    for schedule in (folder / FAILURES).glob(f"*/{SCHEDULE}"):
        if f"{FAILURES}/{schedule.parent.name}" not in kept:
            shutil.rmtree(schedule.parent)

    for name in FILES.values():
        remove_unfinished(folder, name)
    for below in (FAILURES, FILMS):
        remove_unfinished(folder / below)


def _filmed(lab: Lab, verdict: ClassVerdict, most: int, shown: set[str]) -> dict[tuple[str, str], str]:
    """Which failures of the tests that are ``shown`` are filmed, by submission and test, and the names of the films:
    one of each group, first come.
    """
    from vm.grade.replays import plain, unused
    from vm.grade.reports.groups import groups_of

    numbers = {test.name: number for number, test in enumerate(lab.tests, 1)}
    names: set[str] = set()
    found: dict[tuple[str, str], str] = {}
    for group in groups_of(verdict):
        scene = group.submissions[0], group.test
        is_told = group.test in shown and group.example.kind not in UNSEEN
        if len(found) < most and is_told and scene not in found:
            found[scene] = unused(f"{plain(scene[0])}-{numbers[scene[1]]}", names) + ".html"
    return found


def _write_replays(
    folder: Path, common: Common, verdict: ClassVerdict, planned: Mapping[tuple[str, str], Replay],
    where: Mapping[str, Handed], pool: Pool,
) -> set[tuple[str, str]]:  # fmt: skip
    """Write what repeats the runs that were lost, those that are ``planned``, and return which could be written: the
    images are built once more.
    """
    from vm.grade.replays import images_of, losing, write_replay
    from vm.grade.submissions import read_submission
    from vm.many.running import run_all

    tests = {test.name: test for test in common.lab.tests}
    names, made = {name for name, _ in planned}, set()
    lost = [each for each in verdict.verdicts if each.name in names]
    submissions = (read_submission(where[each.name]) for each in lost)
    with progress("writing lost runs", len(lost)) as done:
        for each in run_all(images_of, common, submissions, pool):
            for test, run in losing(lost[each.index]).items():
                key = lost[each.index].name, test
                if each.result is not None and key in planned:
                    write_replay(folder, planned[key], tests[test], run.schedule, each.result)
                    made.add(key)
            done()
    return made


def _write_films(
    folder: Path, common: Common, verdict: ClassVerdict, films: Mapping[tuple[str, str], str],
    where: Mapping[str, Handed], pool: Pool,
) -> set[tuple[str, str]]:  # fmt: skip
    """Make films, and return which could be made."""
    from vm.grade.films import film
    from vm.many.running import run_all

    names, made = list(films), set()
    if names:
        (folder / FILMS).mkdir(parents=True, exist_ok=True)
    with progress("making films", len(names)) as done:
        for each in run_all(film, common, _scenes(verdict, names, where), pool, seconds=FILM_SECONDS):
            if each.result:
                write_whole(folder / films[names[each.index]], each.result)
                made.add(names[each.index])
            done()
    return made


def _scenes(verdict: ClassVerdict, names: Sequence[tuple[str, str]], where: Mapping[str, Handed]) -> Iterator[Scene]:
    from vm.grade.films import Scene
    from vm.grade.replays import losing
    from vm.grade.submissions import read_submission

    verdicts = {each.name: each for each in verdict.verdicts}
    for submission, name in names:
        lost = losing(verdicts[submission]).get(name)
        failures = next(test.failures for test in verdicts[submission].tests if test.name == name)
        yield Scene(
            submission=read_submission(where[submission]), test=name, schedule=lost.schedule if lost else "",
            title=f"{submission}: {name}", caption="; ".join(failure.title for failure in failures),
        )  # fmt: skip
