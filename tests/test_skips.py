"""In CI a skip is a failure, but for a short list of reasons, each of which some test still gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.skips import ALLOWED

pytest_plugins = ["pytester"]

SKIPPING = """
import pytest

@pytest.fixture
def judge():
    pytest.skip("no judge")

@pytest.mark.skipif(True, reason="no compiler")
def test_marked(): pass

def test_called(): pytest.skip("no host")

def test_fixture(judge): pass

def test_listed(): pytest.skip("takes the host's root")

@pytest.mark.parametrize("nothing", [])
def test_nothing(nothing): pass

@pytest.mark.xfail(strict=True)
def test_wrong(): assert False

def test_right(): pass
"""


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest("from tests.skips import pytest_make_collect_report, pytest_runtest_makereport")
    pytester.makepyfile(test_skipping=SKIPPING, test_absent='import pytest\npytest.importorskip("absent_package")')
    return pytester


def test_in_ci_a_skip_is_a_failure(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = folder.runpytest_inprocess("-p", "no:cacheprovider", "--continue-on-collection-errors")
    result.assert_outcomes(failed=1, errors=4, skipped=1, xfailed=1, passed=1)
    result.stdout.fnmatch_lines(["*skipped in CI: no host *"])


def test_elsewhere_it_is_none(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    folder.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(skipped=6, xfailed=1, passed=1)


def test_every_reason_on_the_list_is_given_by_a_test() -> None:
    sources = [path for path in Path(__file__).parent.rglob("*.py") if path.name != "skips.py"]
    said = "\n".join(path.read_text() for path in sources if path != Path(__file__))
    assert [reason for reason in ALLOWED if reason not in said] == []
