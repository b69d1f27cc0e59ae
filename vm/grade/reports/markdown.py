"""Verdicts as Markdown, for a comment on a pull request or the summary of a job: a table, and what went wrong, folded.

It is a block of HTML without an empty line, which is Markdown too: nothing in it is read as anything but HTML, and
names and outputs stand in ``code``, where GitHub makes no mention, link or picture of them. Everybody can read it: of
tests that are hidden it tells the points.
"""

from __future__ import annotations

from collections.abc import Iterator

from vm.grade.reports.markup import Markup, joined, tag
from vm.grade.reports.passages import WORDS, as_text, notes_of, score_words, tests_words
from vm.grade.reports.shown import class_shown
from vm.grade.verdict import ClassVerdict, State, TestVerdict, Verdict
from vm.quantities import plural
from vm.text import shortened

LONGEST = 60_000
"""Letters that it has at most unless told otherwise: a comment on GitHub may have 65,536."""
_NAME = 100
_EMPTY = Markup("&#32;")
"""What stands for an empty line, which would end the block."""


def markdown_of(verdicts: ClassVerdict, *, longest: int = LONGEST) -> str:
    """Return what is said of the submissions, in about ``longest`` letters; parts that have no room are counted."""
    told = class_shown(verdicts, for_teacher=False)
    lines = [tag("h2", tag("code", shortened(told.lab, _NAME)))]
    if len(told.verdicts) != 1:
        passed = sum(each.is_passed for each in told.verdicts)
        lines.append(tag("p", f"{plural(len(told.verdicts), 'submission')}, {passed:,} with every test passed."))
    room = longest - sum(map(len, lines)) - len(lines)
    left_out = 0
    for part in [part for verdict in told.verdicts for part in _parts(verdict)]:
        if len(part) < room:
            room -= len(part) + 1
            lines.append(part)
        else:
            left_out += 1
    if left_out:
        lines.append(tag("p", f"There was no room for {plural(left_out, 'further part')}."))
    return "\n".join(lines) + "\n"


def _parts(verdict: Verdict) -> Iterator[Markup]:
    """What is said of a submission, in parts of which each can be left out: first what became of each test."""
    points = f" {score_words(verdict.points, verdict.out_of)} points, {tests_words(verdict.tests)}"
    rows = [_row(tag("th", "result"), tag("th", "test"), tag("th", "points"))]
    for test in verdict.tests:
        cells = (WORDS[test.state], tag("code", shortened(test.name, _NAME)), score_words(test.points, test.out_of))
        rows.append(_row(*(tag("td", each) for each in cells)))
    heading = tag("h3", tag("code", shortened(verdict.name, _NAME)), points)
    yield joined(heading, Markup("\n"), tag("table", Markup("\n"), *rows))
    notes = notes_of(verdict)
    if notes:
        yield _folded(joined(plural(len(notes), "note")), "\n".join(notes))
    for test in verdict.tests:
        if test.state is not State.PASSED and (text := as_text(test)):
            yield _folded(_title(test), text)


def _row(*cells: Markup) -> Markup:
    return joined(tag("tr", *cells), Markup("\n"))


def _title(test: TestVerdict) -> Markup:
    titles = "; ".join(failure.title for failure in test.failures)
    why = joined(": ", tag("code", shortened(titles, _NAME))) if titles else Markup("")
    return joined(f"{WORDS[test.state]} ", tag("code", shortened(test.name, _NAME)), why)


def _folded(title: Markup, text: str) -> Markup:
    lines = [joined(each) if each.strip() else _EMPTY for each in text.split("\n")]
    return tag("details", tag("summary", title), Markup("\n"), tag("pre", tag("code", Markup("\n".join(lines)))))
