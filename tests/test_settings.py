"""The settings of a machine are described once: what Python takes, what it refuses, and the command line's options."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import fields, replace
from typing import Any, get_args

import click
import numpy as np
import pytest

from vm import Machine
from vm.cli.bench import command as bench
from vm.cli.check import command as check
from vm.cli.compare import command as compare
from vm.cli.groups import ORDER, GroupedOption
from vm.cli.machine import heading
from vm.cli.run import command as run
from vm.cli.sizes import Size
from vm.engine.engines import ENGINES
from vm.memory.frames import PhysicalMemory
from vm.memory.strategies import STRATEGIES
from vm.memory.trampoline import FRAMES
from vm.quantities import size_text
from vm.settings import (
    SMALLEST_MEMORY,
    EngineName,
    Settings,
    StrategyName,
    WrongSetting,
    descriptions,
)


def options_of(command: click.Command) -> dict[str, GroupedOption]:
    return {param.name: param for param in command.params if isinstance(param, GroupedOption) and param.name}


def test_names_are_those_of_what_they_choose() -> None:
    assert get_args(StrategyName) == tuple(STRATEGIES)
    assert set(get_args(EngineName)) == set(ENGINES)
    assert SMALLEST_MEMORY == FRAMES * 4096
    assert PhysicalMemory(SMALLEST_MEMORY).count == FRAMES


def test_every_setting_is_an_option_of_the_same_name_and_default() -> None:
    options = options_of(run)
    for name, setting in descriptions().items():
        assert heading(setting.group) in ORDER
        if not setting.help:
            assert name == "epoch"
            continue
        option = options[name]
        assert option.opts == ["--" + name.replace("_", "-")]
        assert (option.group, option.help) == (heading(setting.group), setting.help)
        given = option.get_default(click.Context(run))
        read = option.type_cast_value(click.Context(run), given)
        assert (int(read) if name == "user" else read) == setting.default
    assert {"root", "bind", "include_root", "env"} < set(options)


def test_other_commands_have_the_same_but_for_what_they_decide() -> None:
    shared = {name for name, setting in descriptions().items() if setting.help} | {
        "root",
        "bind",
        "include_root",
        "env",
    }
    assert shared <= set(options_of(check))
    assert shared - set(options_of(compare)) == {"fork", "vfork_as_fork"}
    assert shared - set(options_of(bench)) == shared


def test_python_knows_their_names_and_types() -> None:
    parameters = inspect.signature(Machine).parameters
    assert [*parameters] == [*descriptions(), "root", "files", "bind", "include_root", "cc_flags"]
    assert {each.kind for each in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
    assert parameters["fork"].annotation == "StrategyName"
    assert parameters["memory"].default == 256 << 20


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("memory", None, "memory is a number of bytes, not None"),
        ("memory", "64M", "memory is a number of bytes, not '64M'"),
        ("memory", 1e9, "memory is a number of bytes, not 1000000000.0"),
        ("quantum", True, "quantum is a number of instructions, not True"),
        ("seconds", "1", "seconds is a number of seconds, not '1'"),
        ("seed", None, "seed is a whole number, not None"),
        ("overcommit", 1, "overcommit is True or False, not 1"),
        ("user", None, "user is a number, root, or a text like 1000:100, not None"),
        ("bind", "a:b", "bind is a list, not 'a:b'"),
        ("include_root", "/", "include_root is a list, not '/'"),
    ],
)
def test_what_is_of_another_kind_is_a_type_error(name: str, value: Any, told: str) -> None:
    with pytest.raises(TypeError) as caught:
        Machine(**{name: value})
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("memory", 5000, "memory size 5000 is not a multiple of 4096 from 8192 up to 3221225472"),
        ("fork", "vfork", "fork 'vfork' is none of copy, cow, on-demand"),
        ("first", None, "first None is none of parent, child"),
        ("engine", [], "engine [] is none of interpreter, translator, auto"),
        ("processes", 1, "processes 1 is less than 2"),
        ("open_files", 65537, "open_files 65537 is more than 65536"),
        ("seconds", 0, "seconds 0 is not more than 0"),
        ("seconds", float("nan"), "seconds nan is not more than 0"),
        ("user", "alice", "user 'alice' is neither root nor a number, as 1000 or 1000:100"),
        ("user", -1, "user -1 is neither root nor a number, as 1000 or 1000:100"),
        ("user", "1:2:3", "user '1:2:3' is neither root nor a number, as 1000 or 1000:100"),
        ("user", "9" * 5000, "user '9999999999999999999999999999999999999999'… <5,000 letters> is neither root nor"),
    ],
)
def test_what_makes_no_machine_is_a_wrong_setting(name: str, value: Any, told: str) -> None:
    with pytest.raises(WrongSetting) as caught:
        Machine(**{name: value})
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["user", "memory", "quantum", "engine", "seconds"])
def test_a_number_too_large_to_be_written_is_a_wrong_setting(name: str) -> None:
    with pytest.raises(WrongSetting, match=rf"^{name}.* 0x[0-9a-f]+… <a number of 16,610 bits> is ") as caught:
        Machine(**{name: 10**5000})
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("user", "ids"), [(1000, (1000, 1000)), ("root", (0, 0)), ("7:8", (7, 8)), ("root:5", (0, 5)), (0, (0, 0))]
)
def test_a_user_has_a_group(user: int | str, ids: tuple[int, int]) -> None:
    machine = Machine(user=user)
    assert (machine.uid, machine.gid) == ids


def test_a_machine_is_a_value_that_says_what_is_particular_about_it() -> None:
    machine = Machine(fork="cow", memory=int(np.int64(64 << 20)), seconds=2, root="programs")
    assert repr(machine) == "Machine(fork='cow', memory=67108864, seconds=2, root='programs')"
    assert repr(Machine()) == "Machine()"
    assert repr(Machine(bind=[("a", "/a")])) == "Machine(bind=[('a', '/a')])"
    assert repr(Machine(bind=[("a", "/a")] * 1000)) == "Machine(bind=<1,000 entries>)"
    assert pickle.loads(pickle.dumps(machine)) == machine
    assert replace(machine, fork="copy").fork == "copy"
    assert {each.name for each in fields(Settings)} < {each.name for each in fields(Machine)}
    assert Machine(memory=np.int64(1 << 20)).memory == 1 << 20
    assert repr(Machine(seed=-1 << 20_000)) == f"Machine(seed=-0x8{'0' * 39}… <a number of 20,001 bits>)"


@pytest.mark.parametrize("size", ["9" * 5000, "9" * 5000 + "M", "\x1b[31m", "", "-1", "1.5M"])
def test_what_is_no_size_is_said_to_be_none(size: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a size; write it as") as caught:
        Size().convert(size, None, None)
    assert len(str(caught.value)) < 150
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("size", [1, 1000, 1024, 64 << 10, 3 << 19, 8 << 20, 3 << 30])
def test_sizes_read_as_they_are_written(size: int) -> None:
    assert Size().convert(size_text(size), None, None) == size
