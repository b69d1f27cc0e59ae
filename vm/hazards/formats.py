"""A checker's findings for programs: JSON of our own, and SARIF 2.1.0 for editors and continuous integration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vm.hazards.findings import Finding, Location, Range, Step
from vm.hazards.rules import RULES, Level

FORMAT_VERSION = 1
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def as_json(program: str, status: int | None, message: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """The report as JSON: ``status`` is the program's own, None if it had not ended; ``message`` why the machine ended
    the run, if it did.
    """
    counts = {f"{level.value}s": sum(finding.level is level for finding in findings) for level in Level}
    return {
        "version": FORMAT_VERSION,
        "program": program,
        "status": status,
        "message": message,
        **counts,
        "findings": [_finding(finding) for finding in findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "title": finding.title,
        "message": finding.message,
        "advice": RULES[finding.rule].advice,
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
        "file": _uri(location),
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


def _uri(location: Location) -> str:
    """The source as a path from here where it lies below, else absolute, else as the compiler was told."""
    if location.path is None:
        return location.file
    try:
        return location.path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return location.path.as_posix()


def as_sarif(version: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """A SARIF log with one run; ``version`` is Forklore's. Columns and snippets are left to who has the source."""
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
    results = [_result(finding, names.index(finding.rule)) for finding in findings]
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _result(finding: Finding, index: int) -> dict[str, Any]:
    steps = [
        {"location": {**_sarif_location(step.location), "message": {"text": step.text}}}
        for step in finding.story
        if step.location is not None
    ]
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level.value,
        "message": {"text": f"{finding.title}: {finding.message}"},
        "locations": [_sarif_location(finding.location)],
        "codeFlows": [{"threadFlows": [{"locations": steps}]}],
        "occurrenceCount": finding.count,
    }


def _sarif_location(location: Location) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if location.line:
        uri = _uri(location)
        found["physicalLocation"] = {
            "artifactLocation": {"uri": Path(uri).as_uri() if uri.startswith("/") else uri},
            "region": {"startLine": location.line},
        }
    else:
        found["physicalLocation"] = {"address": {"absoluteAddress": location.pc}}
    if location.function:
        found["logicalLocations"] = [{"name": location.function, "kind": "function"}]
    return found
