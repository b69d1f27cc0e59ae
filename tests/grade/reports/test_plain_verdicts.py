"""Verdicts as JSON and back: nothing is lost, and what is damaged is refused with where."""

from __future__ import annotations

import contextlib
import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from tests.grade.reports.any_verdicts import QUIETLY, VERDICTS
from tests.grade.reports.verdicts import CLASS, WRONG
from vm.grade.reports.plain import verdict_from_json, verdict_to_json
from vm.grade.verdict import Verdict


@pytest.mark.parametrize("verdict", CLASS.verdicts, ids=lambda verdict: verdict.name[:20])
def test_a_verdict_comes_back(verdict: Verdict) -> None:
    text = json.dumps(verdict_to_json(verdict))
    assert verdict_from_json(json.loads(text)) == verdict


@QUIETLY
@given(VERDICTS)
def test_any_verdict_comes_back(verdict: Verdict) -> None:
    assert verdict_from_json(json.loads(json.dumps(verdict_to_json(verdict)))) == verdict


def places(plain: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a plain verdict."""
    yield way
    if isinstance(plain, dict | list):
        for key in plain if isinstance(plain, dict) else range(len(plain)):
            yield from places(plain[key], (*way, key))


def damaged(plain: Any, way: tuple[Any, ...], value: Any) -> Any:
    if not way:
        return value
    plain = copy.deepcopy(plain)
    inner = plain
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return plain


PLAIN = verdict_to_json(WRONG)


@pytest.mark.parametrize("way", list(places(PLAIN)), ids=lambda way: ".".join(map(str, way)) or "all")
def test_what_is_no_such_value_is_refused_with_where(way: tuple[Any, ...]) -> None:
    before = PLAIN
    for key in way:
        before = before[key]
    for value in (None, 5, True, "word", [], {}, [None], {"a": None}, math.nan, math.inf, b""):
        wrong = damaged(PLAIN, way, value)
        if type(value) is type(before):
            with contextlib.suppress(ValueError):  # another word, another table
                assert verdict_to_json(verdict_from_json(wrong)) == wrong
        elif (way[-1:], value) not in ((("losing",), None), (("points",), 5), (("out_of",), 5)):
            with pytest.raises(ValueError, match=r"^verdict"):
                verdict_from_json(wrong)


@pytest.mark.parametrize("way", [("tests", 0, "state"), ("tests", 0, "visibility"), ("tests", 0, "points")])
@pytest.mark.parametrize("value", ["Passed", "visible ", "", math.nan, -math.inf, True, None])
def test_what_is_none_of_the_words_is_refused(way: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^verdict\.tests\[0\]\.{way[-1]}: "):
        verdict_from_json(damaged(PLAIN, way, value))


def test_a_field_too_many_or_too_few_is_refused() -> None:
    for way in places(PLAIN):
        inner = PLAIN
        for key in way:
            inner = inner[key]
        if isinstance(inner, dict) and way != ("warnings",):
            with pytest.raises(ValueError, match="'more' is not known"):
                verdict_from_json(damaged(PLAIN, (*way, "more"), 1))
            for name in inner:
                with pytest.raises(ValueError, match=f"'{name}' is missing"):
                    verdict_from_json(damaged(PLAIN, way, {key: inner[key] for key in inner if key != name}))


def test_a_refusal_is_short_whatever_is_refused() -> None:
    with pytest.raises(ValueError, match="is expected, not") as caught:
        verdict_from_json(damaged(PLAIN, ("name",), ["x" * 10_000] * 10))
    assert len(str(caught.value)) < 200
