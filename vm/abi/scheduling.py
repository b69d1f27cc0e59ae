"""Scheduling of threads: policies, priorities, nice values (uapi/linux/sched.h, sched/types.h, resource.h)."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from vm.abi.layout import Structure, s32, u32, u64
from vm.enums import quick


@quick
class SchedulingPolicy(IntEnum):
    """What kind of turns a thread gets (sched(7))."""

    SCHED_OTHER = 0
    SCHED_FIFO = 1
    SCHED_RR = 2
    SCHED_BATCH = 3
    SCHED_IDLE = 5


SCHED_DEADLINE = 6
"""A policy that the machine knows the limits of, but has not."""
SCHED_RESET_ON_FORK = 0x4000_0000
"""What may be added to a policy: children do not inherit it."""

HIGHEST_PRIORITY = 99
"""Of SCHED_FIFO and SCHED_RR, whose lowest is 1; others have 0 alone."""
LOWEST_NICE, HIGHEST_NICE = -20, 19

PRIO_PROCESS, PRIO_PGRP, PRIO_USER = 0, 1, 2
"""Whose nice value getpriority(2) and setpriority(2) are about."""


@quick
class SchedulingFlag(IntFlag):
    """Flags of struct sched_attr."""

    SCHED_FLAG_RESET_ON_FORK = 0x01
    SCHED_FLAG_RECLAIM = 0x02
    SCHED_FLAG_DL_OVERRUN = 0x04
    SCHED_FLAG_KEEP_POLICY = 0x08
    SCHED_FLAG_KEEP_PARAMS = 0x10
    SCHED_FLAG_UTIL_CLAMP_MIN = 0x20
    SCHED_FLAG_UTIL_CLAMP_MAX = 0x40


class SchedParam(Structure):
    """``struct sched_param`` (linux/sched/types.h)."""

    sched_priority: s32


class SchedAttr(Structure):
    """``struct sched_attr`` (linux/sched/types.h)."""

    size: u32
    sched_policy: u32
    sched_flags: u64
    sched_nice: s32
    sched_priority: u32
    sched_runtime: u64
    sched_deadline: u64
    sched_period: u64
    sched_util_min: u32
    sched_util_max: u32


SMALLEST_ATTR = 48
"""Bytes of the first version of struct sched_attr (SCHED_ATTR_SIZE_VER0)."""
