"""Verdicts for a person at a terminal: a submission in full, and a class in a table with what went wrong most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from vm.grade.reports.groups import groups_of
from vm.grade.reports.passages import (
    WORDS,
    Films,
    Passage,
    Replays,
    by_shown_names,
    hint_of,
    names_words,
    of_failure,
    of_test,
    points_words,
    score_words,
    title_of,
)
from vm.grade.reports.shown import class_shown, shown
from vm.grade.verdict import ClassVerdict, State, TestVerdict, Verdict
from vm.lines import FAINT, PLAIN, STRONG, Line, Part, line, wrapped
from vm.quantities import plural

COLUMNS = 80
NAME = 30
"""Columns of a name in a table."""
MOST_GROUPS = 20
"""Groups of failures that are told."""
_LABEL = 11
_STYLES = {State.PASSED: PLAIN, State.FAILED: STRONG, State.SKIPPED: FAINT, State.ERROR: STRONG}


def submission_lines(
    verdict: Verdict, *, for_teacher: bool, films: Films | None = None, replays: Replays | None = None,
    columns: int = COLUMNS,
) -> Iterator[Line]:  # fmt: skip
    """Yield what is said of a submission, in full; ``films`` and ``replays`` tell where those are."""
    told = shown(verdict, for_teacher=for_teacher)
    filmed, repeated = by_shown_names(films), by_shown_names(replays)
    points = f"{score_words(told.points, told.out_of)} points"
    yield line(Part(_pad(told.name, columns - len(points) - 1), STRONG), " ", Part(points, STRONG))
    for remark in told.remarks:
        yield from _wrapped(f"note: {remark}", columns, "  ", "        ")
    for program, warnings in told.warnings.items():
        yield line(f"  {program}, from the compiler:")
        for warning in warnings:
            yield line(Part(f"    {warning}", FAINT))
    for test in told.tests:
        yield _test_line(test, columns)
        if test.state is not State.PASSED:
            yield from _test_lines(test, told.name, filmed, repeated, columns)


def _test_line(test: TestVerdict, columns: int) -> Line:
    points = score_words(test.points, test.out_of)
    word = WORDS[test.state]
    name = _pad(test.name, columns - 12 - len(points))
    return line("  ", Part(f"{word:<8}", _STYLES[test.state]), " ", name, " ", points)


def _test_lines(test: TestVerdict, submission: str, films: Films, replays: Replays, columns: int) -> Iterator[Line]:
    key = (submission, test.name)
    yield from _passages(of_test(test), columns)
    for failure in test.failures:
        yield from _wrapped(title_of(failure), columns, "    ", "      ", STRONG)
        yield from _passages(of_failure(failure, replays.get(key)), columns)
    yield from _passages(hint_of(test), columns)
    if key in films:
        yield from _passages([Passage("film", (films[key],))], columns)


def _passages(passages: Iterable[Passage], columns: int) -> Iterator[Line]:
    """Passages, each line of what is quoted as it is, however long: it can be copied."""
    for passage in passages:
        label, indent = f"      {passage.label:<{_LABEL}}", " " * (6 + _LABEL)
        if passage.is_quoted:
            for at, each in enumerate(passage.lines):
                yield line(indent if at else Part(label, FAINT), each)
        else:
            for each in passage.lines:
                first, *rest = list(wrapped(each, columns - len(indent), "", "")) or [""]
                yield line(Part(label, FAINT), first)
                yield from (line(indent, row) for row in rest)


# --- a class ----------------------------------------------------------------------------------------------------------


def class_lines(verdicts: ClassVerdict, *, for_teacher: bool, columns: int = COLUMNS) -> Iterator[Line]:
    """Yield what is said of a class: how many pass each test, who has how many points, and which failures are alike."""
    told = class_shown(verdicts, for_teacher=for_teacher)
    passed = sum(each.is_passed for each in told.verdicts)
    yield line(
        Part(f"{told.lab}: {plural(len(told.verdicts), 'submission')}, {passed:,} with every test passed", STRONG)
    )
    if not told.verdicts:
        return
    names = list(dict.fromkeys(test.name for verdict in told.verdicts for test in verdict.tests))
    numbers = {name: number for number, name in enumerate(names, 1)}
    yield ()
    yield from _tests(told, numbers, columns)
    yield ()
    yield from _submissions(told, numbers, columns)
    yield from _groups(told, columns)


def _tests(told: ClassVerdict, numbers: Mapping[str, int], columns: int) -> Iterator[Line]:
    """How many pass each test, what it is worth, and the number by which it is told below."""
    counts: dict[str, list[State]] = {name: [] for name in numbers}
    points: dict[str, float] = {}
    for verdict in told.verdicts:
        for test in verdict.tests:
            counts[test.name].append(test.state)
            points.setdefault(test.name, test.out_of)
    passed = {name: _passed_words(states) for name, states in counts.items()}
    room = max(map(len, ["passed", *passed.values()]))
    width = min(max(NAME, columns - room - 17), max(map(_cells, ["test", *counts])))
    yield line(Part(f"       {_pad('test', width)}  {'points':>6}  passed", FAINT))
    for name, told_passed in passed.items():
        yield line(f"  {numbers[name]:>3}  {_pad(name, width)}  {points_words(points[name]):>6}  {told_passed}")


def _passed_words(states: Sequence[State]) -> str:
    """How many of these are passed: ``3 of 14``."""
    errors = states.count(State.ERROR)
    told = f", {plural(errors, 'error')} of the grader" if errors else ""
    return f"{states.count(State.PASSED):,} of {len(states):,}{told}"


def _submissions(told: ClassVerdict, numbers: Mapping[str, int], columns: int) -> Iterator[Line]:
    """How many points each submission has, and which tests it does not pass, by their numbers."""
    width = min(NAME, max(map(_cells, ["submission", *(each.name for each in told.verdicts)])))
    scores = [score_words(each.points, each.out_of) for each in told.verdicts]
    room = max(map(len, ["points", *scores]))
    yield line(Part(f"  {'submission':<{width}}  {'points':>{room}}  tests not passed", FAINT))
    for each, score in zip(told.verdicts, scores, strict=True):
        lost = ", ".join(str(numbers[test.name]) for test in each.tests if test.state is not State.PASSED)
        indent = " " * (width + room + 6)
        first, *rest = list(wrapped(lost, max(20, columns - len(indent)), "", "")) or [""]
        yield line(f"  {_pad(each.name, width)}  {score:>{room}}  {first}")
        yield from (line(indent, row) for row in rest)


def _groups(told: ClassVerdict, columns: int) -> Iterator[Line]:
    groups = [group for group in groups_of(told) if len(group.submissions) > 1]
    if not groups:
        return
    yield ()
    yield line(Part("failures that are alike", STRONG))
    for group in groups[:MOST_GROUPS]:
        failure = group.example
        told_title = f"{len(group.submissions):>4,}  {group.test}: {title_of(failure)}"
        yield from _wrapped(told_title, columns, "", "      ")
        yield from _wrapped(names_words(group.submissions), columns, "      ", "      ", FAINT)
    if len(groups) > MOST_GROUPS:
        yield line(f"      and {plural(len(groups) - MOST_GROUPS, 'group')} more")


# --- columns ----------------------------------------------------------------------------------------------------------


def _wrapped(text: str, columns: int, first: str, others: str, style: str = PLAIN) -> Iterator[Line]:
    return (line(Part(row, style)) for row in wrapped(text, columns, first, others))


def _cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    from rich.cells import cell_len

    return cell_len(text)


def _pad(text: str, width: int) -> str:
    """A text in exactly so many columns: blanks behind it, or an ellipsis for its end."""
    from rich.cells import set_cell_size

    return set_cell_size(text if _cells(text) <= width else set_cell_size(text, width - 1).rstrip() + "…", width)
