"""Findings that somebody has accepted: by an option, by a comment in the source, or because they were known before.

An accepted finding is counted, and fails nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vm.hazards.findings import Finding, Location, here
from vm.hazards.rules import RULES, Level
from vm.observe.symbols import source_lines
from vm.spelling import suggestion
from vm.text import printable
from vm.values import dataclass

BASELINE_VERSION = 1
BASELINE_LIMIT = 16 << 20
"""Bytes of a baseline that is read."""

_COMMENT = re.compile(r"forklore:\s*allow\s+([a-z-]+(?:[\s,]+[a-z-]+)*)")
_NAMED = re.compile(r"'([^']*)'")
_SEVERITY = {Level.NOTE: 0, Level.WARNING: 1, Level.ERROR: 2}


class BadAcceptance(ValueError):
    """What was to be accepted, or the file of what is known, cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """A rule that is accepted everywhere, or only at ``place``: a function, a variable, or FILE:LINE."""

    rule: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.rule}:{self.place}" if self.place else self.rule

    def covers(self, finding: Finding) -> bool:
        """True when it is this finding that is accepted."""
        if finding.rule != self.rule:
            return False
        return not self.place or self.place in _places(finding) or _is_at(self.place, finding.location)


def parse_allowance(text: str) -> Allowance:
    """``RULE`` or ``RULE:PLACE``. :class:`BadAcceptance` for a rule that there is not."""
    rule, colon, place = text.partition(":")
    if rule not in RULES:
        meant = suggestion(rule, RULES) or f": the rules are {', '.join(RULES)}"
        raise BadAcceptance(f"no rule is called '{printable(rule)}'{meant}")
    if colon and not place:
        raise BadAcceptance(f"'{printable(text)}' names no function, variable or FILE:LINE behind its colon")
    return Allowance(rule, place)


def _places(finding: Finding) -> set[str]:
    """The function of a finding and the variables that were changed, each also without its part."""
    found = {finding.location.function}
    for area in finding.ranges:
        for name in (*_NAMED.findall(area.where), area.where):
            found |= {name, re.split(r"[.\[+]", name)[0]}
    return found - {""}


def _is_at(place: str, location: Location) -> bool:
    """True for FILE:LINE, the file as far as it is told."""
    file, _, line = place.rpartition(":")
    if not file or not location.line or line != str(location.line):
        return False
    parts = Path(file).parts
    return Path(here(location)).parts[-len(parts) :] == parts


# --- comments -------------------------------------------------------------------------------------------------


def _comment(finding: Finding) -> str:
    """Where a comment in the source allows a finding: on its line, or on the line before; empty for nowhere."""
    location = finding.location
    lines = source_lines(location.path) if location.line else []
    for number in (location.line, location.line - 1):
        found = _COMMENT.search(lines[number - 1]) if 0 < number <= len(lines) else None
        if found and finding.rule in re.split(r"[\s,]+", found[1]):
            return f"{here(location)}:{number}"
    return ""


# --- baselines ------------------------------------------------------------------------------------------------


def _entry(finding: Finding) -> dict[str, Any]:
    """What is kept of a finding to know it again, although lines were added before it."""
    location = finding.location
    lines = source_lines(location.path) if location.line else []
    code = lines[location.line - 1].strip() if 0 < location.line <= len(lines) else ""
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "file": here(location),
        "function": location.function,
        "code": code,
        "line": location.line,
    }


def _identity(entry: dict[str, Any]) -> tuple[Any, ...]:
    known = tuple(entry.get(name, "") for name in ("rule", "file", "function", "code"))
    return known if entry.get("code") else (*known, entry.get("line", 0))


def write_baseline(path: Path, findings: Iterable[Finding]) -> int:
    """Write the errors and warnings among findings to a file; how many there are. OSError."""
    entries = [_entry(finding) for finding in findings if finding.level is not Level.NOTE]
    path.write_text(json.dumps({"version": BASELINE_VERSION, "findings": entries}, indent=2) + "\n", "utf-8")
    return len(entries)


def read_baseline(path: Path) -> list[dict[str, Any]]:
    """The entries of a file of known findings. :class:`BadAcceptance`, OSError."""
    with path.open("rb") as file:
        data = file.read(BASELINE_LIMIT + 1)
    try:
        content = json.loads(data) if len(data) <= BASELINE_LIMIT else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or "findings" not in content:
        raise BadAcceptance("is no baseline: --write-baseline writes one")
    if content.get("version") != BASELINE_VERSION:
        raise BadAcceptance(f"is a baseline of another version than {BASELINE_VERSION}")
    entries = content["findings"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadAcceptance("has an entry that is none")
    return entries


# --- together -------------------------------------------------------------------------------------------------


class Acceptances:
    """What is accepted in a run: allowances, and the entries of a baseline."""

    def __init__(self, allowances: Sequence[Allowance] = (), baseline: Sequence[dict[str, Any]] = ()) -> None:
        self._allowances = dict.fromkeys(allowances, 0)
        self._known: dict[tuple[Any, ...], int] = {}
        for entry in baseline:
            level = next((level for level in Level if level.value == entry.get("level")), Level.ERROR)
            try:
                self._known[_identity(entry)] = _SEVERITY[level]
            except TypeError:
                raise BadAcceptance("has an entry that is none") from None
        self._used: set[tuple[Any, ...]] = set()

    def apply(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings, those marked that are accepted."""
        return [self._applied(finding) for finding in findings]

    def _applied(self, finding: Finding) -> Finding:
        covering = [allowance for allowance in self._allowances if allowance.covers(finding)]
        for allowance in covering:
            self._allowances[allowance] += 1
        identity = _identity(_entry(finding))
        is_known = self._known.get(identity, -1) >= _SEVERITY[finding.level]
        if is_known:
            self._used.add(identity)
        comment = _comment(finding)
        if comment:
            return replace(finding, accepted=f"a comment at {comment}")
        if covering:
            return replace(finding, accepted=f"--allow {printable(str(covering[0]))}")
        return replace(finding, accepted="the baseline") if is_known else finding

    def unused(self) -> list[str]:
        """What was accepted and did not happen, in sentences."""
        found = [f"--allow {printable(str(a))} matched nothing" for a, count in self._allowances.items() if not count]
        known = len(self._known)
        rest = known - len(self._used)
        if rest:
            which = "the only entry" if known == 1 else f"{rest:,} of the {known:,} entries"
            found.append(f"{which} of the baseline matched nothing")
        return found
