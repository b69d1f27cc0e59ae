"""The harness finds what it is there for: each way to fail, told apart, kept, and made smaller."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.fuzz import harness
from tests.fuzz.harness import Case, Failure, Fuzzer, Survey, limited

WAYS = ("nothing", "exception", "abort", "exit", "memory", "refused memory", "overrun", "hang")


class Clumsy(Fuzzer):
    """Fails in the way that the seed says, if the part 7 is there."""

    name = "clumsy"
    memory = 0

    def prepare(self) -> None:
        """Nothing."""

    def make(self, seed: int) -> Case:
        """Twenty parts."""
        return Case(seed, tuple(range(20)))

    def attempt(self, case: Case) -> None:
        """Fail."""
        if 7 in case.parts:
            fail(WAYS[case.seed])

    def write(self, case: Case, folder: Path) -> None:
        """Write the parts."""
        (folder / "parts").write_text(repr(case.parts))


def fail(way: str) -> None:
    """Fail in that way."""
    match way:
        case "exception":
            raise ValueError("a clumsy fuzzer")
        case "abort":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            os._exit(3)
        case "memory":
            assert len(b"x" * (300 << 20)) > 0
        case "refused memory":
            assert bytearray(4 << 30)
        case "overrun":
            with limited(0.05):
                end = time.process_time() + 0.2
                while time.process_time() < end:
                    pass
        case "hang":
            time.sleep(1000)


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    return Survey(Clumsy(), tmp_path)


EXPECTED = {
    "nothing": None, "exception": "ValueError", "abort": "SIGSEGV", "exit": "exit status 3", "memory": "Memory",
    "refused memory": "MemoryError", "overrun": "Overrun", "hang": "Hang",
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_ways_to_fail(
    way: str, survey: Survey, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "hang":
        monkeypatch.setattr(harness, "HANG", 1)
    failure = survey.look(WAYS.index(way))
    survey.close()
    if EXPECTED[way] is None:
        assert failure is None
        assert survey.summary() == "1 cases, 0 distinct failures"
        return
    assert failure is not None
    assert failure.kind == EXPECTED[way]
    if way not in ("memory", "exit"):  # these are over when the harness looks
        assert re.fullmatch(r"tests/fuzz/test_harness\.py:\d+ in fail", failure.place)
    folder = tmp_path / f"clumsy-{WAYS.index(way)}"
    assert (folder / "parts").read_text() == repr(tuple(range(20)))
    assert f"--case {WAYS.index(way)}\n" in (folder / "failure.txt").read_text()
    assert str(failure) in capsys.readouterr().out
    assert failure.kind in survey.summary()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_case_is_made_smaller(survey: Survey) -> None:
    case = survey.fuzzer.make(WAYS.index("exception"))
    failure = survey.attempt(case)
    assert isinstance(failure, Failure)
    assert survey.reduce(case, failure).parts == (7,)
    survey.close()
