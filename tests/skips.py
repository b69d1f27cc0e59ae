"""In CI a test that is skipped has failed, unless its reason is one of these.

What judges the machine (a compiler, qemu, the host's kernel, GNU's tools) may be missing on a stranger's computer. In
CI it must be there, and a skip would hide that nothing was judged.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

ALLOWED = {
    "this is one of the slow modes": "the tests that start the slow modes are not started again by them",
    "a smaller sample in the slow modes": "what is not compiled takes a hundred times as long",
    "not compiled yet, which `pytest -m full` does": "the default run compiles a sample of the programs",
    "not all programs were run in this session": "a run that compiles a sample alone has not made every call",
    "only root can give files away": "CI may run as anybody",
    "only root can be several users": "CI may run as anybody",
    "devices are made by root": "CI may run as anybody",
    "takes the host's root": "CI may run as anybody",
    "this computer does not let strace look at a process": "containers forbid ptrace(2) now and then",
}
"""Reasons for a skip that CI takes, and why it does."""


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why something was skipped, as the test says it."""
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")


def judge(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a failure of a skip that CI does not take."""
    if not os.environ.get("CI") or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = reason_of(report)
    if reason not in ALLOWED:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {reason} (tests/skips.py lists what may be)"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """One test, before it, in it or after it."""
    report = yield
    judge(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """A file, or what is in it."""
    report = yield
    judge(report)
    return report
