"""`forklore check` from outside: statuses, where the report goes, and its three forms."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.forking import forked_command
from tests.hazards.catalogue import FOLDER, check, expectation, programs
from vm import toolchain
from vm.hazards.report import WIDTH, plain, render, summary
from vm.hazards.rules import RULES


def forklore(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*forked_command(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["good/exit.s"], 0),
        (["bad/global.s"], 1),
        (["bad/unread.s"], 0),
        (["--strict", "bad/unread.s"], 1),
        (["--strict", "good/function.s"], 0),  # notes never count
        (["--instructions", "100", "bad/never_ends.s"], 1),
        (["--instructions", "1", "good/exit.s"], 124),
        (["good/nothing.s"], 127),
    ],
)
def test_statuses(arguments: list[str], status: int) -> None:
    done = forklore("check", *arguments[:-1], FOLDER / arguments[-1])
    assert done.returncode == status, done.stderr


def test_the_programs_own_status_is_told_and_not_returned() -> None:
    done = forklore("check", FOLDER / "bad/frameless_return.s")
    assert done.returncode == 1
    assert "1 error, 0 warnings" in done.stderr
    assert "the program's own exit status was 3" in done.stderr


ENDS = """
        .globl  _start
_start: li      a7, 1079        # fork
        ecall
        {branch} a0, _start + 8
        li      a0, 3
        li      a7, 93
        ecall
"""


@pytest.mark.parametrize(
    ("branch", "status", "told"),
    [
        ("beqz", 3, "the program's own exit status was 3"),  # its child goes on
        ("bgez", None, "the program had not ended"),
        ("lw t0,", 139, "the program was killed by SIGSEGV"),
    ],
)
def test_a_limits_status_is_not_the_programs(tmp_path: Path, branch: str, status: int | None, told: str) -> None:
    program = tmp_path / "ends.s"
    text = ENDS.format(branch=branch)
    program.write_text(text if "lw" not in branch else text.replace("a0, _start + 8", "0(zero)"))
    done = forklore("check", "--instructions", "20000", program)
    assert done.stderr.splitlines()[-1] == told
    assert done.returncode == (0 if "lw" in branch else 124)
    shown = forklore("check", "--format", "json", "--instructions", "20000", program)
    assert json.loads(shown.stdout)["status"] == status


def test_nothing_to_report_is_said_alike_with_and_without_notes() -> None:
    assert forklore("check", FOLDER / "good/exit.s").stderr == summary([], notes=False) + "\n"
    assert forklore("check", FOLDER / "good/function.s").stderr.startswith(summary([], notes=False))


def test_run_may_carry_the_checker_and_keeps_its_status() -> None:
    done = forklore("run", "--check-vfork", "programs/vfork_global.s")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "parent: balance is 0"
    assert "[damage]" in done.stderr


def test_json_goes_to_standard_output_and_the_programs_text_does_not() -> None:
    done = forklore("check", "--format", "json", "programs/vfork_global.s")
    report = json.loads(done.stdout)
    assert "parent: balance is 0" in done.stderr
    assert (report["errors"], report["warnings"], report["status"]) == (1, 0, 0)
    damage = report["findings"][0]
    assert (damage["rule"], damage["location"]["file"], damage["location"]["line"]) == (
        "damage", "programs/vfork_global.s", 34,
    )  # fmt: skip
    assert damage["ranges"][0] == {
        "address": 0x12000, "old": "64", "new": "00", "where": "'balance'", "fate": "read",
    }  # fmt: skip
    assert [step["role"] for step in damage["story"]] == ["vfork", "write", "resumed", "read"]


def test_sarif_has_what_the_format_demands(tmp_path: Path) -> None:
    """SARIF 2.1.0, sections 3.13, 3.14, 3.19, 3.27: version, runs, tool, rules by index, messages, locations."""
    report = tmp_path / "report.sarif"
    done = forklore("check", "--format", "sarif", "--report", report, "programs/vfork_return.s")
    assert done.returncode == 1
    log = json.loads(report.read_text())
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] > 0


@pytest.mark.parametrize(
    "path", [*programs("bad", ".s"), *Path("programs").glob("vfork_*.s")], ids=lambda path: path.name
)
def test_reports_fit_eighty_columns(path: Path) -> None:
    limit = expectation(path).instructions if path.is_relative_to(FOLDER) else 10_000_000
    report = plain(render(check(path, limit)[0], notes=True))
    assert all(len(line) <= WIDTH for line in report.splitlines())


def test_every_rule_that_can_fail_a_build_is_broken_by_a_program() -> None:
    broken = {
        rule
        for path in [*programs("bad", ".s"), *programs("bad", ".c")]
        for _, rule, _, _ in expectation(path).verdicts
    }
    assert broken == {name for name, rule in RULES.items() if rule.level.value != "note"}


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_a_megabyte_of_damage_is_told_in_a_few_lines() -> None:
    found, _, _ = check(FOLDER / "bad/megabyte.c")
    [damage] = [finding for finding in found if finding.rule == "damage"]
    [area] = damage.ranges
    assert (area.old, area.new) == (b"\7" * (1 << 20), bytes(1 << 20))
    assert len(plain(render([damage], notes=True)).splitlines()) < 25


def test_a_run_without_vfork_is_told_from_one_without_mistakes() -> None:
    told, programs = "no vfork was made in this run", FOLDER.parent
    assert told in forklore("check", programs / "hello.s").stderr.splitlines()
    for options in ([], ["--vfork-as-fork"]):
        assert told not in forklore("check", *options, programs / "vfork_exec.s").stderr
