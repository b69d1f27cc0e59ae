"""The report for programs: JSON and SARIF."""

from __future__ import annotations

import json

from vm.hazards.findings import Finding, Location
from vm.hazards.formats import as_json, as_sarif
from vm.hazards.rules import Level


def finding(path: str, level: Level = Level.ERROR) -> Finding:
    location = Location("main", 0x10000, path, 3, None)
    return Finding("damage", level, "title", "message", location, 2, 3, ())


def test_sarif_says_where_whether_and_no_more_than_was_asked_for() -> None:
    """SARIF 2.1.0, sections 3.4.3 (artifactLocation.uri), 3.20.14 (executionSuccessful)."""
    found = [finding("my sources/50% äöü#.c"), finding("/tmp/a b.c"), finding("b.c", Level.NOTE)]
    [run] = as_sarif("1", found, notes=False)["runs"]
    uris = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
    assert uris == ["my%20sources/50%25%20%C3%A4%C3%B6%C3%BC%23.c", "file:///tmp/a%20b.c"]
    assert run["invocations"] == [{"executionSuccessful": True}]
    [run] = as_sarif("1", found, notes=True, message="the instruction limit was reached")["runs"]
    assert len(run["results"]) == 3
    assert run["invocations"][0]["executionSuccessful"] is False
    assert json.dumps(as_json("p", 0, "", found))
