"""Outcomes as JSON: what ``forklore outcomes --format json`` prints. vm/manual/outcomes.schema.json describes it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from vm.events.json import text
from vm.outcomes.answer import Outcomes
from vm.outcomes.kinds import Possible
from vm.outcomes.listing import Numbered
from vm.outcomes.orders import STREAMS, End, Holder, Order, Outcome, Step, Stuck
from vm.outcomes.telling import Where

FORMAT_VERSION = 1


def as_json(
    found: Outcomes, program: str, arguments: Sequence[str], *, shown: Sequence[Numbered] = (),
    asked: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the answer as what a JSON encoder takes: with the outcomes ``shown``, and what is known of one ``asked``.

    Bytes are text where they are UTF-8, and otherwise ``{"base64": ...}``.
    """
    kinds = found.ends
    numbers = {end: number for number, end in enumerate(kinds)}
    return {
        "version": FORMAT_VERSION, "program": _word(program), "arguments": [_word(each) for each in arguments],
        "count": found.count, "complete": found.complete, "bounds": list(found.bounds),
        "classes": len(found.orders), "runs": found.runs, "steps": found.steps, "seconds": round(found.seconds, 3),
        "ends": [{**_end(end, found), "count": count} for end, count in kinds.items()],
        "outcomes": [
            {"number": each.number or None, **_written(each.outcome), "end": numbers[each.outcome.end]}
            for each in shown
        ],
        "asked": asked,
    }  # fmt: skip


def asked_json(
    found: Outcomes, possible: Possible | None, *, asked: bytes | None = None, number: int | None = None,
    reasons: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return what is known of the outcome that was asked for, by a text or its number: how it comes about, or why not.

    Where not everything was explored, and it was not found, nobody knows: "possible" is None then.
    """
    told: dict[str, Any] = {"text": None if asked is None else text(asked)}
    if possible is None:
        known = False if found.is_explored else None
        return told | {"possible": known, "outcome": None, "steps": [], "reasons": list(reasons)}
    outcome = {"number": number, **_written(possible.outcome), "end": list(found.ends).index(possible.outcome.end)}
    order = found.told_orders[possible.index]
    steps = [_step(order.steps[place], found.where) for place in possible.sequence]
    return told | {"possible": True, "outcome": outcome, "steps": steps, "reasons": []}


def _written(outcome: Outcome) -> dict[str, Any]:
    return {name: text(getattr(outcome, name)) for name in STREAMS}


def _end(end: End, found: Outcomes) -> dict[str, Any]:
    index = next(index for index, order in enumerate(found.orders) if order.end == end)
    order = found.told_orders[index] if end.stuck else found.orders[index]
    stuck = [_stuck(each, order, found.where) for each in order.end.stuck]
    return {"exit_code": end.exit_code, "signal": end.signal, "limit": end.limit, "stuck": stuck}


def _stuck(each: Stuck, order: Order, where: Where) -> dict[str, Any]:
    holders = [_holder(holder, order, where) for holder in each.holders]
    place = _word(where(each.pc, each.image))
    return {"pid": each.pid, "why": _word(each.why), "call": _word(each.text), "place": place, "holders": holders}


def _holder(holder: Holder, order: Order, where: Where) -> dict[str, Any]:
    since = order.steps[holder.since] if 0 <= holder.since < len(order.steps) else None
    place = _word(where(since.pc, since.image)) if since is not None else ""
    return {"pid": holder.pid, "what": _word(holder.what), "since": place}


def _step(step: Step, where: Where) -> dict[str, Any]:
    return {
        "pid": step.pid, "thread": list(step.thread), "call": step.call, "text": _word(step.text),
        "place": _word(where(step.pc, step.image)),
        "written": [{"stream": each.stream, "data": text(each.data)} for each in step.written],
    }  # fmt: skip


def _word(word: str) -> Any:
    return text(os.fsencode(word))
