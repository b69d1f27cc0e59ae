"""The report of a class as one page of HTML, which needs no other file: who has how many points, and why not more."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from urllib.parse import quote

from vm.grade.reports.groups import Group, groups_of
from vm.grade.reports.markup import Markup, joined, tag
from vm.grade.reports.passages import (
    WORDS,
    Films,
    Passage,
    Replay,
    Replays,
    by_shown_names,
    hint_of,
    notes_of,
    of_failure,
    of_test,
    points_words,
    score_words,
    tests_words,
    title_of,
)
from vm.grade.reports.shown import class_shown
from vm.grade.verdict import ClassVerdict, Failure, State, TestVerdict, Verdict
from vm.quantities import plural

MARKS = {State.PASSED: "✓", State.FAILED: "✗", State.SKIPPED: "–", State.ERROR: "!"}
"""What became of a test, where there is room for one letter."""
FEW_GROUPS, MOST_GROUPS = 10, 60
"""Groups of failures that are told at once, and when they are asked for."""
MOST_NAMES = 60
"""Submissions of a group that are named."""


def page_of(
    verdicts: ClassVerdict, *, for_teacher: bool, films: Films | None = None, replays: Replays | None = None
) -> str:
    """Return the page; it leads to ``films``, and to the folders of ``replays``, from where it lies."""
    told = class_shown(verdicts, for_teacher=for_teacher)
    style, script = _asset("report.css"), _asset("report.js")
    body = "\n".join(_Page(told, by_shown_names(films), by_shown_names(replays)).parts())
    page = _asset("report.html")
    for mark, text in (
        ("policy", _policy(style, script)),
        ("title", tag("title", told.lab or "Grading")),
        ("style", f"<style>{style}</style>"),
        ("script", f"<script>{script}</script>"),
        ("body", body),  # the last: a mark in it is none
    ):
        assert page.count(f"<!-- {mark} -->") == 1
        page = page.replace(f"<!-- {mark} -->", text)
    return page


def _asset(name: str) -> str:
    return files("vm.grade.reports").joinpath("page", name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """What the page may do: nothing but this style and this script, whatever else should have got into it."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
    policy = (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{policy}">'


class _Page:
    """Makes the parts of the page of a class."""

    def __init__(self, told: ClassVerdict, films: Films, replays: Replays) -> None:
        self._told = told
        self._films = films
        self._replays = replays
        self._tests = list(dict.fromkeys(test.name for verdict in told.verdicts for test in verdict.tests))
        self._places: dict[str, str] = {}
        for number, verdict in enumerate(told.verdicts, 1):
            self._places.setdefault(verdict.name, f"s{number}")

    def parts(self) -> Iterator[Markup]:
        """Yield what stands below each other."""
        told = self._told
        passed = sum(each.is_passed for each in told.verdicts)
        facts = f"{plural(len(told.verdicts), 'submission')}, {passed:,} with every test passed · seed {told.seed}"
        groups = groups_of(told)
        places = [("tests", "Tests"), ("alike", "Failures that are alike"), ("submissions", "Submissions")]
        links = [tag("li", tag("a", text, href=f"#{place}")) for place, text in places]
        yield tag(
            "header", tag("h1", told.lab or "Grading"), tag("p", facts, class_="quiet"),
            tag("nav", tag("ul", *links), aria_label="On this page"),
        )  # fmt: skip
        yield Markup("<main>")
        yield _section("tests", "Tests", [self._tests_table()])
        yield _section("alike", "Failures that are alike", self._groups(groups))
        yield _section("submissions", "Submissions", [_TOOLS, self._submissions_table()])
        yield _section("details", "Submissions in full", _numbered(self._submission, told.verdicts))
        yield Markup("</main>")

    # --- tables -------------------------------------------------------------------------------------------------------

    def _tests_table(self) -> Markup:
        states: dict[str, list[State]] = {name: [] for name in self._tests}
        worth: dict[str, float] = {}
        for verdict in self._told.verdicts:
            for test in verdict.tests:
                states[test.name].append(test.state)
                worth.setdefault(test.name, test.out_of)
        rows = []
        for number, (name, found) in enumerate(states.items(), 1):
            counts = [found.count(state) for state in State]
            told = f"{counts[0]:,} of {len(found):,}"
            meter = tag("meter", told, min="0", max=str(len(found)), value=str(counts[0]), aria_label="passed")
            cells = [str(number), points_words(worth[name]), f"{counts[0]:,}", *(f"{each:,}" for each in counts[1:])]
            rows.append([
                tag("td", cells[0], class_="number"), tag("th", name, scope="row"),
                *(tag("td", each, class_="number") for each in cells[1:]), tag("td", meter),
            ])  # fmt: skip
        heads = ["", "test", "points", *(state.value for state in State), ""]
        numeric = {0, 2, 3, 4, 5, 6}
        head = [tag("th", each, scope="col", **_numeric(at in numeric)) for at, each in enumerate(heads)]
        return _table("test-table", "Tests", head, [tag("tr", *row) for row in rows])

    def _submissions_table(self) -> Markup:
        head = [tag("th", "submission", scope="col"), tag("th", "points", scope="col", class_="number")]
        head += [
            tag("th", str(number), scope="col", class_="state", title=name)
            for number, name in enumerate(self._tests, 1)
        ]
        return _table("submission-table", "Submissions", head, _numbered(self._row, self._told.verdicts))

    def _row(self, place: str, verdict: Verdict) -> Markup:
        score = score_words(verdict.points, verdict.out_of)
        cells = [
            tag("th", tag("a", verdict.name or "(no name)", href=f"#{place}"), scope="row"),
            tag("td", score, class_="number", data_value=repr(round(verdict.points, 6))),
        ]
        found = {test.name: (number, test) for number, test in enumerate(verdict.tests, 1)}
        for name in self._tests:
            if name not in found:
                cells.append(tag("td", class_="state"))
                continue
            number, test = found[name]
            told = f"{name}: {WORDS[test.state]}"
            mark = MARKS[test.state]
            inner = (
                tag("span", mark, title=told)
                if test.state is State.PASSED
                else tag("a", mark, href=f"#{place}-{number}", title=told)
            )
            cells.append(tag("td", inner, class_=f"state {test.state.value}"))
        return tag("tr", *cells, data_details=place, data_passed="yes" if verdict.is_passed else "no")

    # --- failures -----------------------------------------------------------------------------------------------------

    def _groups(self, groups: Sequence[Group]) -> Iterator[Markup]:
        several = [self._group(group) for group in groups if len(group.submissions) > 1]
        if not several:
            yield tag("p", "No two submissions went wrong in the same way.", class_="quiet")
        yield from several[:FEW_GROUPS]
        if rest := several[FEW_GROUPS:MOST_GROUPS]:
            summary = tag("summary", plural(len(rest), "group") + " more")
            yield tag("details", summary, tag("div", *rest, class_="inside"))
        left_out = len(groups) - min(MOST_GROUPS, len(several))
        if several and left_out:
            yield tag("p", f"Beside these there are {plural(left_out, 'way')} to fail.", class_="quiet")

    def _group(self, group: Group) -> Markup:
        links = [
            joined(", " if at else "", tag("a", name or "(no name)", href=f"#{self._places[name]}"))
            for at, name in enumerate(group.submissions[:MOST_NAMES])
        ]
        more = len(group.submissions) - MOST_NAMES
        who = tag("p", *links, f" and {more:,} more" if more > 0 else "")
        count = tag("span", plural(len(group.submissions), "submission"), class_="score")
        summary = tag("summary", count, tag("h3", group.test), f" {title_of(group.example)}")
        return tag("details", summary, tag("div", who, _definitions(of_failure(group.example)), class_="inside"))

    # --- a submission -------------------------------------------------------------------------------------------------

    def _submission(self, place: str, verdict: Verdict) -> Markup:
        score = tag("span", score_words(verdict.points, verdict.out_of), class_="score")
        told = tag("span", tests_words(verdict.tests), class_="quiet")
        inside: list[Markup] = []
        if notes := notes_of(verdict):
            inside.append(_definitions([Passage("notes", tuple(notes))]))
        for number, test in enumerate(verdict.tests, 1):
            if test.state is not State.PASSED:
                inside.append(self._test(verdict.name, test, f"{place}-{number}"))
        if passed := [test.name for test in verdict.tests if test.state is State.PASSED]:
            inside.append(_definitions([Passage("passed", (", ".join(passed),), is_quoted=False)]))
        summary = tag("summary", tag("h3", verdict.name or "(no name)"), score, told)
        return tag("details", summary, tag("div", *inside, class_="inside"), id=place)

    def _test(self, submission: str, test: TestVerdict, place: str) -> Markup:
        score = score_words(test.points, test.out_of)
        state = tag("span", f"{MARKS[test.state]} {WORDS[test.state]}", class_=test.state.value)
        key = (submission, test.name)
        replay = self._replays.get(key)
        inside = [tag("h4", state, f" {test.name} ", tag("span", score, class_="quiet"))]
        inside += [_definitions(of_test(test))]
        for failure in test.failures:
            inside += _failure(failure, replay)
        inside += [_definitions(hint_of(test))]
        links = []
        if key in self._films:
            links.append(tag("a", "Film of this run", href=_address(self._films[key])))
        if replay is not None:
            links.append(tag("a", "Files to repeat it", href=_address(replay.folder)))
        if links:
            inside.append(tag("p", *(joined(" · " if at else "", link) for at, link in enumerate(links))))
        return tag("section", *filter(None, inside), id=place, class_=f"test {test.state.value}-test")


_TOOLS = Markup(
    '<div class="tools" id="tools" hidden><label>Find <input type="search" id="words" autocomplete="off"></label>'
    '<label><input type="checkbox" id="lost"> not everything passed</label><span id="found" role="status"></span></div>'
)
"""What narrows the table of submissions, for the script to show."""


def _numbered(make: Callable[[str, Verdict], Markup], verdicts: Iterable[Verdict]) -> Iterator[Markup]:
    """What is made of each submission and of the name of its place on the page."""
    return (make(f"s{number}", verdict) for number, verdict in enumerate(verdicts, 1))


def _section(place: str, heading: str, parts: Iterable[Markup]) -> Markup:
    inside = [joined(part, Markup("\n")) for part in parts]
    return tag(
        "section", tag("h2", heading, id=f"{place}-heading"), *inside, id=place, aria_labelledby=f"{place}-heading"
    )


def _table(name: str, label: str, head: Sequence[Markup], rows: Iterable[Markup]) -> Markup:
    """A table in a region that can be scrolled sideways, by keys too."""
    inside = [joined(row, Markup("\n")) for row in rows]
    table = tag("table", tag("thead", tag("tr", *head)), Markup("\n"), tag("tbody", *inside), id=name)
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label=label)


def _numeric(is_numeric: bool) -> dict[str, str]:
    return {"class_": "number"} if is_numeric else {}


def _failure(failure: Failure, replay: Replay | None) -> list[Markup]:
    return [tag("p", title_of(failure), class_="title"), _definitions(of_failure(failure, replay))]


def _definitions(passages: Iterable[Passage]) -> Markup:
    """Passages as a list of what each is, and its lines."""
    inside = []
    for passage in passages:
        text = "\n".join(passage.lines)
        told = tag("pre", Markup("\n"), text) if passage.is_quoted else Markup(joined(text))
        inside.append(joined(tag("dt", passage.label), tag("dd", told)))
    return tag("dl", *inside) if inside else Markup("")


def _address(path: str) -> str:
    """A path from where the page lies, as an address that is nothing else."""
    return quote(path, safe="/", errors="surrogateescape")
