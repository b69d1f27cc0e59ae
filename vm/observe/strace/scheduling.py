"""Policies, priorities and nice values as strace(1) writes them."""

from __future__ import annotations

from vm import flags as names
from vm.abi.layout import word
from vm.abi.scheduling import SCHED_RESET_ON_FORK, SMALLEST_ATTR, SchedAttr, SchedParam
from vm.observe.strace.call import Call
from vm.observe.strace.text import address, choice, flags, joined, signed, structure


def policy(value: int) -> str:
    """A policy, with the flag that may be added to it."""
    number = signed(value)
    if number < 0 or not number & SCHED_RESET_ON_FORK:
        return choice(number, names.POLICY, "SCHED")
    return joined(choice(number & ~SCHED_RESET_ON_FORK, names.POLICY, "SCHED"), "SCHED_RESET_ON_FORK")


def policy_told(call: Call, value: int) -> str:
    """A policy that is told."""
    return f"{value} ({policy(value)})"


def priority(data: bytes) -> str:
    """struct sched_param."""
    return f"[{SchedParam.unpack(data).sched_priority}]"


def attributes(call: Call, value: int, index: int) -> str:
    """struct sched_attr, of whatever version."""
    data = None if not value or call.has_failed else call.all(value, 4)
    size = max(SMALLEST_ATTR, min(word(data), SchedAttr.SIZE)) if data else 0
    content = call.all(value, size) if size else None
    if content is None:
        return address(value)
    found = SchedAttr.unpack(content.ljust(SchedAttr.SIZE, b"\0"))
    shown = found.named() | {
        "sched_policy": policy(found.sched_policy),
        "sched_flags": flags(found.sched_flags, names.SCHEDULING, "SCHED_FLAG"),
    }
    if size < SchedAttr.SIZE:
        del shown["sched_util_min"], shown["sched_util_max"]
    return structure(**shown)
