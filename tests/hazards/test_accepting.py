"""Known findings: accepted by an option, by a comment in the source, or by a baseline; counted, and failing nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.hazards.catalogue import FOLDER, check
from tests.hazards.test_check_command import forklore
from vm.hazards.accepting import (
    Acceptances,
    BadAcceptance,
    parse_allowance,
    read_baseline,
    write_baseline,
)  # fmt: skip
from vm.hazards.findings import Finding


def damage() -> Finding:
    [finding] = [finding for finding in check(FOLDER / "bad/global.s")[0] if finding.rule == "damage"]
    return finding


@pytest.mark.parametrize(
    ("text", "is_covered"),
    [
        ("damage", True),
        ("damage:limit", True),
        ("damage:global.s:18", True),
        ("damage:bad/global.s:18", True),
        ("damage:global.s:19", False),
        ("damage:other", False),
        ("unread", False),
    ],
)
def test_what_an_allowance_covers(text: str, is_covered: bool) -> None:
    assert parse_allowance(text).covers(damage()) is is_covered


@pytest.mark.parametrize(
    ("text", "said"),
    [("damag", "did you mean 'damage'?"), ("zzz", "the rules are fork-lock, "), ("damage:", "names no")],
)
def test_an_allowance_that_is_none(text: str, said: str) -> None:
    with pytest.raises(BadAcceptance, match=said.replace("?", r"\?")):
        parse_allowance(text)


@pytest.mark.parametrize("where", ["line", "before"])
def test_a_comment_in_the_source(where: str, tmp_path: Path) -> None:
    lines = (FOLDER / "bad/global.s").read_text().splitlines()
    if where == "line":
        lines[17] += "        # forklore: allow unread, damage"
    else:
        lines.insert(17, "        # forklore: allow damage")
    source = tmp_path / "global.s"
    source.write_text("\n".join(lines) + "\n")
    [finding] = [finding for finding in Acceptances().apply(check(source)[0]) if finding.rule == "damage"]
    assert finding.accepted == f"a comment at {source}:18"


def test_a_baseline_outlives_lines_that_come_before(tmp_path: Path) -> None:
    source, baseline = tmp_path / "global.s", tmp_path / "known.json"
    shutil.copy(FOLDER / "bad/global.s", source)
    assert write_baseline(baseline, check(source)[0]) == 1
    source.write_text("# one line more\n" + source.read_text())
    acceptances = Acceptances((), read_baseline(baseline))
    assert [finding.accepted for finding in acceptances.apply(check(source)[0])] == ["the baseline"]
    assert acceptances.unused() == []
    source.write_text(source.read_text().replace("sw      zero, 0(t0)", "sb      zero, 0(t0)"))
    assert [finding.accepted for finding in Acceptances((), read_baseline(baseline)).apply(check(source)[0])] == [""]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [3]}'])
def test_a_file_that_is_no_baseline(text: str, tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(BadAcceptance):
        read_baseline(path)


def test_a_build_with_a_known_finding_is_green(tmp_path: Path) -> None:
    program, baseline = FOLDER / "bad/global.s", tmp_path / "known.json"
    done = forklore("check", "--allow", "damage:limit", "--allow", "exit", program)
    assert done.returncode == 0
    assert "--allow exit matched nothing" in done.stderr
    assert "0 errors, 0 warnings, 1 accepted (shown by --notes)" in done.stderr
    assert forklore("check", "--baseline", baseline, "--write-baseline", program).returncode == 0
    done = forklore("check", "--baseline", baseline, "--format", "sarif", program)
    assert done.returncode == 0
    [result] = json.loads(done.stdout)["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "the baseline"}]


def test_a_rule_that_there_is_not_is_a_mistake_of_the_command_line() -> None:
    done = forklore("check", "--allow", "damge", FOLDER / "bad/global.s")
    assert done.returncode == 2
    assert "did you mean 'damage'?" in done.stderr
