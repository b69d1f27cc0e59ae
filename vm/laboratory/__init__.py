"""The cost laboratory: what process creation costs, in exact counts and in time, in the machine and on its host."""

from __future__ import annotations

from typing import get_args

from vm.settings import StrategyName

METHODS: tuple[str, ...] = (*get_args(StrategyName), "vfork", "spawn")
"""Ways to create a process: fork by each strategy, vfork, and clone on a stack of the child's own (posix_spawn)."""

ACTIONS = ("exit", "exec", "write", "shell")
"""What a child does: exit at once, exec a program that does, write some of its pages, or exec `/bin/sh -c :`."""
