"""Frames balance: after every test that makes machines, memory holds what the live processes imply and no more."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401

pytest.register_assert_rewrite("tests.natively")

# nohup and a shell's background jobs come with signals ignored, and a program keeps that for all that it starts. The
# tests of those signals need what a program has in the foreground, whoever starts them.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
# What the tests compile is more than users do, and is to be there for the next run.
os.environ.setdefault("FORKLORE_CACHE_SIZE", "4G")

TESTS = Path(__file__).parent
MACHINES = {
    "kernel", "observe", "programs", "c", "cases", "translator", "hazards", "signals", "vfs", "laboratory", "fuzz",
    "stress", "cli", "interleavings",
}  # fmt: skip
"""Folders whose tests run whole machines; those of memory call its compiled functions one by one."""


def folder_of(request: pytest.FixtureRequest) -> str:
    """The folder of tests that the running test is in; empty outside."""
    return request.path.relative_to(TESTS).parts[0] if request.path.is_relative_to(TESTS) else ""


BYTECODE = "FORKLORE_TEST_BYTECODE"
"""The variable with the folder for bytecode that the processes of this run share."""


def pytest_configure(config: pytest.Config) -> None:
    """Where Python is told to keep no bytecode, programs that the tests start keep theirs until the tests have ended.

    It takes a short command longer to compile our modules than to do what it is told.
    """
    if "PYTHONDONTWRITEBYTECODE" not in os.environ:
        return
    if BYTECODE not in os.environ:
        os.environ[BYTECODE] = tempfile.mkdtemp(prefix="forklore-test-")
        config.add_cleanup(partial(shutil.rmtree, os.environ[BYTECODE], ignore_errors=True))
    if not config.getoption("numprocesses", None):
        del os.environ["PYTHONDONTWRITEBYTECODE"]
        os.environ["PYTHONPYCACHEPREFIX"] = os.environ[BYTECODE]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--translate", action="store_true", help="machines that tests make in this process translate whatever they meet"
    )


@pytest.fixture(scope="session", autouse=True)
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Commands say that they compile, once: what tests read of them shall not depend on which of them came first."""
    from tests.preparing import prepare

    base = tmp_path_factory.getbasetemp()
    folders = {item.path.parent for item in request.session.items}
    needs_c, needs_checker = TESTS / "c" in folders, folders != {TESTS / "cpu"}
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    prepare(shared, needs_c=needs_c, needs_checker=needs_checker)


@pytest.fixture(autouse=True)
def engine_of_machines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``--translate``: no machine's engine is the one it asks for."""
    if request.config.getoption("--translate"):
        from tests.translator.at_once import translate_at_once

        monkeypatch.setattr("vm.kernel.kernel.new_engine", lambda _, memory: translate_at_once(memory))


@pytest.fixture(autouse=True)
def nobody_listens_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that runs in this process listens to remarks until its test is over."""
    monkeypatch.setattr("vm.remarks.listeners", [])


@pytest.fixture(autouse=True)
def frames_balance(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Audit every memory that the test made when it is over."""
    from tests.accounting import Ledger

    ledger = Ledger()
    ledger.follow(monkeypatch.setattr)
    yield
    ledger.audit()
