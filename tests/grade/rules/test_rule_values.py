"""What a rule takes is read as it is meant, and what it does not take is refused with what to do."""

from __future__ import annotations

import pickle
import tomllib
from typing import Any

import pytest

from vm.abi import CALL_NAMES
from vm.grade.lab import Place, Rule
from vm.grade.rules.table import RULES, read_rule
from vm.grade.rules.words import WORDS, find_calls
from vm.kernel.syscalls import TABLE

HERE = Place("lab.toml", 3)

RIGHT = """
calls = ["fork", "waitpid"]
no-calls = { calls = ["exec"], by = "parent" }
only-calls = [{ calls = ["write"], by = "children", strict = true }, { calls = ["fork"], running = "/tree" }]
call-counts = { fork = 2, pipe = { min = 1 }, by = "parent" }
order = ["vfork", "execve"]
every-child-waited = true
no-zombie = true
no-orphan = true
no-descriptor-left-open = { by = "children", inherited = false }
no-pipe-left-open = true
no-deadlock = true
forks-at-most = 3
forks-exactly = { min = 1, max = 3 }
processes-at-most = 4
threads-at-most = 1
parent-waits-before-output = true
tree = [2, [[]]]
exec-after-vfork = { allow = ["dup2", "close"] }
no-vfork-damage = true
no-hazard = true
bytes-copied-at-most = "64K"
exit-statuses = [0, 3, "SIGSEGV", "any"]
no-crash = true
"""


def read(name: str, value: object) -> Rule:
    rule = read_rule(name, value, HERE)
    assert rule is not None
    return rule


def test_every_rule_takes_what_its_line_of_the_manual_says_and_can_be_sent_elsewhere() -> None:
    told = tomllib.loads(RIGHT)
    assert list(told) == list(RULES)
    for name, value in told.items():
        rule = read(name, value)
        assert (rule.name, rule.place) == (name, HERE)
        assert pickle.loads(pickle.dumps(rule)) == rule


def test_false_switches_a_rule_off_that_is_a_default() -> None:
    assert all(read_rule(name, False, HERE) is None for name in RULES)


def test_sizes_counts_and_trees_are_read() -> None:
    assert read("bytes-copied-at-most", "64K").values == {"most": 65536}
    assert read("forks-exactly", 2).values == {"least": 2, "most": 2}
    assert read("forks-exactly", {"min": 1}).values == {"least": 1, "most": None}
    assert read("tree", [2, [[]], 0]).values["shape"] == (((), ()), ((),), ())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("no-zombies", True, "there is no rule 'no-zombies'; did you mean 'no-zombie'?"),
        ("no-zombie", 1, "the rule 'no-zombie': it has nothing to be told: write true, not 1"),
        ("forks-at-most", -1, "write a whole number from 0, not -1"),
        ("forks-at-most", True, "write a whole number from 0, not True"),
        ("forks-exactly", {"min": 3, "max": 1}, "min is 3, which is more than max, 1"),
        ("calls", ["frok"], "'frok' is no system call; did you mean 'fork'?"),
        ("calls", ["printf"], "'printf' is a function of the C library and no system call; .* is 'write'"),
        ("calls", [7], "7 is not the name of a system call"),
        ("calls", [], "it names no call"),
        ("calls", {"calls": ["fork"], "by": "child"}, "'by' is .*, not 'child'"),
        ("calls", {"calls": ["fork"], "running": "tree"}, "'running' is the path of a program in the guest"),
        ("calls", {"call": ["fork"]}, "there is no key 'call'; did you mean 'calls'?"),
        ("calls", "fork", "write a list of calls"),
        ("call-counts", {"by": "parent"}, "it names no call"),
        ("bytes-copied-at-most", "64Q", "'64Q' is not a size; write it as"),
        ("exit-statuses", [256], "256 is not an exit status from 0 to 255"),
        ("exit-statuses", ["SIGSEVG"], "'SIGSEVG' is no signal; did you mean 'SIGSEGV'?"),
        ("tree", {"breadth": 3}, "there is no key 'breadth'"),
        ("tree", ["x"], "a process is a list of its children"),
        ("exec-after-vfork", {"allow": ["dupe"]}, "'dupe' is no system call; did you mean 'dup'?"),
    ],
)
def test_what_a_rule_does_not_take_is_refused_with_what_to_do(name: str, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_rule(name, value, HERE)


def test_what_is_nested_without_end_is_refused() -> None:
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(ValueError, match="more than 50 generations"):
        read_rule("tree", value, HERE)


def test_every_call_of_the_machine_can_be_named_and_stands_for_itself_at_least() -> None:
    for row in TABLE.values():
        assert row.name == "clone" or row.name in find_calls(row.name)
    known = set(CALL_NAMES.values()) | {"posix_spawn", "pthread_create"}
    assert all(calls <= known for calls in WORDS.values())


def test_a_word_of_the_library_stands_for_the_calls_that_its_wrapper_makes() -> None:
    assert find_calls("waitpid") == find_calls("wait") == {"wait4", "waitid"}
    assert find_calls("pipe") == {"pipe2"}
    assert find_calls("execvp") >= {"execve"}
    assert find_calls("sleep") == {"clock_nanosleep_time64"}
