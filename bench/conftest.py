"""Benchmarks run once as tests do, and under their rules."""

from tests.skips import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401
