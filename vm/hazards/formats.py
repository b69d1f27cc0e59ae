"""A checker's findings for programs: JSON of our own, and SARIF 2.1.0 for editors and continuous integration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vm.hazards.findings import Finding, Location, Range, Step, here
from vm.hazards.rules import RULES, Level

FORMAT_VERSION = 1
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def as_json(program: str, status: int | None, message: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """The report as JSON: ``status`` is the program's own, None if it had not ended; ``message`` why the machine ended
    the run, if it did.
    """
    open_findings = [finding for finding in findings if not finding.accepted]
    counts = {f"{level.value}s": sum(finding.level is level for finding in open_findings) for level in Level}
    return {
        "version": FORMAT_VERSION,
        "program": program,
        "status": status,
        "message": message,
        **counts,
        "accepted": len(findings) - len(open_findings),
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "title": finding.title,
        "message": finding.message,
        "advice": finding.advice,
        "accepted": finding.accepted,
        "parent": finding.parent,
        "child": finding.child,
        "count": finding.count,
        "location": _location(finding.location),
        "story": [_step(step) for step in finding.story],
        "bytes": finding.size,
        "ranges": [_range(area) for area in finding.ranges],
    }


def _location(location: Location) -> dict[str, Any]:
    return {
        "file": here(location),
        "line": location.line,
        "function": location.function,
        "pc": location.pc,
        "call": location.call,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "role": step.role,
        "text": step.text,
        "location": _location(step.location) if step.location is not None else None,
    }


def _range(area: Range) -> dict[str, Any]:
    return {
        "address": area.address,
        "old": area.old.hex(),
        "new": area.new.hex(),
        "where": area.where,
        "fate": area.fate.name.lower(),
    }


def as_sarif(version: str, findings: Sequence[Finding], *, notes: bool, message: str = "") -> dict[str, Any]:
    """A SARIF log with one run; ``version`` is Forklore's, ``message`` why the machine ended its run, if it did.
    Columns and snippets are left to who has the source.
    """
    names = list(RULES)
    rules = [
        {
            "id": rule.name,
            "shortDescription": {"text": rule.title},
            "help": {"text": rule.advice or rule.title},
            "defaultConfiguration": {"level": rule.level.value},
        }
        for rule in RULES.values()
    ]
    driver = {"name": "forklore check", "version": version, "rules": rules}
    shown = [finding for finding in findings if notes or finding.level is not Level.NOTE]
    results = [_result(finding, names.index(finding.rule)) for finding in shown]
    run = {"tool": {"driver": driver}, "invocations": [_invocation(message)], "results": results}
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(message: str) -> dict[str, Any]:
    """Whether the whole run was seen (section 3.20)."""
    found: dict[str, Any] = {"executionSuccessful": not message}
    if message:
        found["toolExecutionNotifications"] = [{"level": "error", "message": {"text": message}}]
    return found


def _result(finding: Finding, index: int) -> dict[str, Any]:
    steps = [
        {"location": {**_sarif_location(step.location), "message": {"text": step.text}}}
        for step in finding.story
        if step.location is not None
    ]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": {"text": f"{finding.title}: {finding.message}"},
        "locations": [_sarif_location(finding.location)],
        "codeFlows": [{"threadFlows": [{"locations": steps}]}],
        "occurrenceCount": finding.count,
    }
    if finding.accepted:
        kind = "inSource" if finding.accepted.startswith("a comment") else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": finding.accepted}]
    return result


def _sarif_location(location: Location) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if location.line:
        path = here(location)
        uri = Path(path).as_uri() if path.startswith("/") else quote(path)
        found["physicalLocation"] = {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": location.line},
        }
    else:
        found["physicalLocation"] = {"address": {"absoluteAddress": location.pc}}
    if location.function:
        found["logicalLocations"] = [{"name": location.function, "kind": "function"}]
    return found
