"""Events of every kind turn into JSON and back, whole."""

from __future__ import annotations

import json
import pickle
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vm import events

TEXT = st.binary(max_size=8).map(lambda data: data.decode(errors="surrogateescape"))
st.register_type_strategy(str, TEXT)


def values(event: Any) -> list[Any]:
    """Every field, those too that take no part in comparisons."""
    return [getattr(event, each.name) for each in fields(event)]


@pytest.mark.parametrize("kind", events.KINDS, ids=lambda kind: kind.__name__)
def test_there_and_back(kind: type[events.Event]) -> None:
    @settings(max_examples=20, deadline=None, database=None)
    @given(st.builds(kind))
    def check(event: events.Event) -> None:
        plain = json.loads(json.dumps(events.to_json(event)))
        for found in (events.from_json(plain), pickle.loads(pickle.dumps(event))):
            assert type(found) is kind
            assert values(found) == values(event)
            assert events.to_json(found) == plain

    check()


def test_costs_keep_their_host_time() -> None:
    """It takes no part in comparisons, but is told."""
    segment = events.SegmentCost("heap", 0x1000, 0x3000, "rw-", 1, 1)
    event = events.Executed(7, 3, 2, "/bin/\udce9", (b"\xff", b"x"), events.Costs((segment,), 5, host_ns=99), 4)
    plain = events.to_json(event)
    assert plain["arguments"] == [{"base64": "/w=="}, "x"]
    found = events.from_json(plain)
    assert isinstance(found, events.Executed)
    assert (found, found.costs.host_ns, found.path) == (event, 99, "/bin/\udce9")


@pytest.mark.parametrize(
    ("plain", "complaint"),
    [
        ({}, "no kind of event: None"),
        ({"kind": "Stream"}, "no kind of event: 'Stream'"),
        ({"kind": "Continued", "clock": 1}, "Continued without number, pid"),
    ],
)
def test_what_is_no_event(plain: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        events.from_json(plain)
