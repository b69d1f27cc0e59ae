"""A checker's findings as text for people: 80 columns, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from vm.hazards.findings import Finding, Location, Range, Step
from vm.hazards.rules import Level
from vm.observe import snippets
from vm.observe.snippets import WIDTH
from vm.quantities import plural
from vm.text import printable

ROW = 12
"""Bytes in a row of the hex view."""
MOST_RANGES = 3
MOST_ROWS = 2
_NEAR = 4
"""A vfork so many lines above the culprit is shown as its context."""

_COLOURS = {Level.ERROR: "bold red", Level.WARNING: "bold magenta", Level.NOTE: "bold cyan"}


def render(findings: Sequence[Finding], *, notes: bool, by: str = "--notes") -> Iterator[Text]:
    """The report, a line at a time: the findings, notes and what was accepted only if asked for, and how many.

    What is left out is asked for ``by`` that.
    """
    for finding in findings:
        if notes or not (finding.level is Level.NOTE or finding.accepted):
            yield from _Report(finding).lines()
            yield Text()
    yield Text(summary(findings, notes=notes, by=by), "bold")


def summary(findings: Sequence[Finding], *, notes: bool, by: str = "--notes") -> str:
    """``1 error, 0 warnings``, and how many notes there would be, which are asked for ``by`` that."""
    counts = {level: sum(finding.level is level and not finding.accepted for finding in findings) for level in Level}
    accepted = sum(bool(finding.accepted) and finding.level is not Level.NOTE for finding in findings)
    text = f"{plural(counts[Level.ERROR], 'error')}, {plural(counts[Level.WARNING], 'warning')}"
    if accepted:
        text += f", {accepted} accepted"
    if counts[Level.NOTE]:
        text += f", {plural(counts[Level.NOTE], 'note')}"
    return text + (f" (shown by {by})" if (accepted or counts[Level.NOTE]) and not notes else "")


def place(location: Location) -> str:
    """``file:line`` as an editor opens it, from here; without a line the pc and its function."""
    if not location.line:
        return f"{location.pc:#010x}" + (f" in {location.function}" if location.function else "")
    return snippets.place(location.file, location.line, location.path)


class _Report:
    """One finding in lines."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    def lines(self) -> Iterator[Text]:
        """Headline, culprit with context, bytes, the rest of the story, and what to do."""
        finding = self.finding
        yield from self._headline()
        shown = self._before()
        yield from (line for step in shown for line in self._step(step))
        yield from self._culprit(with_vfork=not shown)
        for area in finding.ranges[:MOST_RANGES]:
            yield from _hex_view(area)
        rest = finding.ranges[MOST_RANGES:]
        if rest:
            size = plural(sum(area.size for area in rest) + finding.unlisted, "byte")
            places = f"in {plural(len(rest), 'place')} more" if not finding.unlisted else "in many places more"
            yield Text(f"        … and {size} {places}", "dim")
        main = self._main()
        for step in finding.story:
            if step is not finding.story[0] and step is not main:
                yield from self._step(step)
        if finding.count > 1:
            yield Text(f"      = and {plural(finding.count - 1, 'child did', 'children did')} the same")
        if finding.accepted:
            yield Text(f"      = accepted by {finding.accepted}")
        yield from _advice(finding.advice)

    def _headline(self) -> Iterator[Text]:
        finding = self.finding
        tag = f"[{finding.rule}]"
        level = f"{finding.level.value}: "
        room = WIDTH - len(tag) - 2
        indent = " " * len(level)
        lines = textwrap.wrap(level + finding.title, room, subsequent_indent=indent, break_on_hyphens=False)
        for index, line in enumerate(lines):
            text = Text(line, "bold")
            if index == 0:
                text.stylize(_COLOURS[finding.level], 0, len(finding.level.value) + 1)
            if index == len(lines) - 1:
                text.append(" " * (WIDTH - len(line) - len(tag)) + tag, "dim")
            yield text

    def _main(self) -> Step | None:
        """The step that the finding's own location stands for."""
        own = [step for step in self.finding.story[1:] if step.location == self.finding.location]
        return own[0] if own else None

    def _before(self) -> list[Step]:
        """The vfork, as a step of its own, when it is not near the culprit."""
        location = self.finding.location
        first = self.finding.story[0]
        vfork = first.location
        if vfork is None or vfork == location:
            return []
        near = vfork.path == location.path and 0 <= location.line - vfork.line <= _NEAR and location.line > 0
        return [] if near else [first]

    def _culprit(self, with_vfork: bool) -> Iterator[Text]:
        finding = self.finding
        location = finding.location
        inside = f"in {location.function}, " if location.function and location.line else ""
        yield Text.assemble(
            (f"  {place(location)}:", "bold"), f" {inside}child {finding.child} of parent {finding.parent}"
        )
        main = self._main()
        message = main.text if main else finding.message
        text = snippets.code(location.path, location.line)
        if not text:
            yield from snippets.wrapped(message, "        ")
            return
        vfork = finding.story[0].location
        first = location.line - 1
        if with_vfork and vfork is not None and vfork.path == location.path and vfork.line < location.line:
            first = vfork.line
        for number in range(max(first, 1), location.line):
            yield snippets.code_line(number, snippets.code(location.path, number))
        yield snippets.code_line(location.line, text)
        yield from snippets.underline(text, location.file, message)

    def _step(self, step: Step) -> Iterator[Text]:
        if step.location is None:
            yield from snippets.wrapped(step.text, "  ")
            return
        head = f"  {place(step.location)}: "
        lines = textwrap.wrap(step.text, WIDTH, initial_indent=head, subsequent_indent=" " * 8)
        if len(lines[0]) > WIDTH:  # a long name has a line of its own
            lines = [head.rstrip(), *textwrap.wrap(step.text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8)]
        for index, line in enumerate(lines):
            text = Text(line)
            if index == 0:
                text.stylize("bold", 0, len(head) - 1)
            yield text
        source = snippets.code(step.location.path, step.location.line)
        if source and step.role != "resumed":
            yield snippets.code_line(step.location.line, source)


def _advice(text: str) -> Iterator[Text]:
    for line in textwrap.wrap(text, WIDTH, initial_indent="      = ", subsequent_indent="        "):
        yield Text(line, "cyan")


def _hex_view(area: Range) -> Iterator[Text]:
    """Rows of bytes before and after, what changed in brackets."""
    first = area.address - area.row_start
    shown = min(len(area.row), ROW * MOST_ROWS)
    for start in range(0, shown, ROW):
        end = min(start + ROW, shown)
        if start and start >= first + len(area.old):
            break
        inside = range(first, first + len(area.old))
        marks = [index in inside and area.row[index] != area.row_after[index] for index in range(start, end)]
        for head, data in (
            (f"{area.row_start + start:08x}", area.row[start:end]),
            ("      ->", area.row_after[start:end]),
        ):
            yield _hex_row(head, data, marks)
    rest = first + len(area.old) - shown
    if rest > 0:
        yield Text(f"        … and {plural(rest, 'byte')} more", "dim")


def _hex_row(head: str, data: bytes, marks: Sequence[bool]) -> Text:
    text = Text(f"        {head} ")
    before = False
    for byte, changed in zip(data, marks, strict=True):
        text.append("[" if changed and not before else "]" if before and not changed else " ")
        text.append(f"{byte:02x}", "bold red" if changed else "")
        before = changed
    text.append("]" if before else " ")
    text.append(" " * (3 * (ROW - len(data)) + 3))
    for byte, changed in zip(data, marks, strict=True):
        text.append(chr(byte) if 32 <= byte < 127 else ".", "bold red" if changed else "")
    return text


def plain(lines: Iterable[Text]) -> str:
    """The report without colour."""
    return "\n".join(printable(line.plain.rstrip()) for line in lines)
