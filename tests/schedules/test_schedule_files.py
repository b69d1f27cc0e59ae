"""A file that is no schedule, or a damaged one, is refused with a sentence that says where; nothing else happens."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import pytest

from vm.abi import Signal
from vm.kernel.choice import Choice, ChoiceKind, Decision
from vm.schedules.files import read_schedule, write_schedule
from vm.schedules.schedule import (
    Exchange,
    Failure,
    Key,
    Schedule,
    Stage,
    Streams,
    Subject,
    TimeUp,
    WrongSchedule,
    settings_of,
)
from vm.settings import Settings

FULL = Schedule(
    Subject(b"/\xff.s", (b"/\xff.s", b"two words"), (b"A=1",), "ab" * 32),
    settings_of(Settings(quantum=100, seconds=1.5)),
    Streams("terminal", "stream", "closed"),
    True,
    True,
    b"typed\n\xff",
    {
        "input": (Exchange("peek 4096", 6), Exchange("peek 1", None, 7), Exchange("peek 1", Failure(5))),
        "terminal": (Exchange("window", "00" * 8), Exchange("waits_for_keys", True)),
        "output": (Exchange("write"), Exchange("write", Failure(limit="limit of 5 bytes"))),
        "host": (Exchange("wait", 1234), Exchange("key"), Exchange("stop")),
    },
    (Key(5, 2, Signal.SIGINT), Key(9, 0, Signal.SIGWINCH)),
    TimeUp(10, 1, 2),
    (Decision(Choice(3, ChoiceKind.RUN, 7, 2, (2, 3), 0), 1),),
    Stage(10, 9, 4),
    {(1, 2): 5, (1, 2, 10): 4},
    (0x1000, 0xFFFF_FFFC),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_schedule(FULL, tmp_path / "schedule")
    return tmp_path / "schedule"


def test_a_schedule_is_read_as_it_was_written(file: Path, tmp_path: Path) -> None:
    assert read_schedule(file) == FULL
    write_schedule(Schedule(Subject(b"/a", (), ()), settings_of(Settings())), tmp_path / "least")
    assert read_schedule(tmp_path / "least") == Schedule(Subject(b"/a", (), ()), settings_of(Settings()))
    assert max(map(len, file.read_text().splitlines())) < 1000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"forklore": "result"}, "not a schedule: it does not begin with"),
        ({"version": 2}, "a schedule of version 2; this forklore reads 1"),
        ({"program": 5}, "program is 5, not a text or bytes in base64"),
        ({"input": {"base64": "!"}}, "input is {'base64': '!'}, not a text or bytes in base64"),
        ({"input": "\ud800"}, "not a text or bytes in base64"),
        ({"lines": 1}, "lines is 1, not true or false"),
        ({"settings": {"colour": 1}}, "'colour' is no setting"),
        ({"settings": {"quantum": []}}, "settings: quantum is a number of instructions"),
        ({"settings": {"quantum": 0}}, "settings: quantum 0 is less than 1"),
        ({"streams": ["stream"]}, "streams is \\['stream'\\], not a list of 3"),
        ({"streams": ["stream", "stream", "tape"]}, "streams\\[2\\] is 'tape', not stream or terminal or closed"),
        ({"keys": [[1, 2, "SIGNO"]]}, "keys\\[0\\]\\[2\\] is 'SIGNO', not SIGHUP or"),
        ({"keys": [[1, -2, "SIGINT"]]}, "keys\\[0\\]\\[1\\] is -2, not a whole number from 0"),
        ({"keys": [[1 << 80, 2, "SIGINT"]]}, "keys\\[0\\]\\[0\\] is .* not a whole number from 0"),
        ({"time_up": [1, 2]}, "time_up is \\[1, 2\\], not a list of 3"),
        ({"choices": [[1, "RUN", 1, 1, [2, 3], 0, 2]]}, "choices\\[0\\]\\[6\\] is 2, not one of the options"),
        ({"choices": [[1, "WALK", 1, 1, [2, 3], 0, 1]]}, "choices\\[0\\]\\[1\\] is 'WALK', not RUN or"),
        ({"answers": {"input": [["peek 1", "x", 1]]}}, "'input'\\[0\\]\\[1\\] is 'x', not a whole number"),
        ({"answers": {"input": [["peek 1", 1, 0]]}}, "not a whole number from 1"),
        ({"answers": {"input": [["dance", 1, 1]]}}, "is 'dance', not a question that a machine asks"),
        ({"answers": {"input": [["peek 1", {"error": "ENO"}, 1]]}}, "is 'ENO', not the name of an error"),
        ({"answers": {"terminal": [["window", "00", 1]]}}, "is '00', not 16 hexadecimal digits"),
        ({"end": {}}, "end is {}, not a list of 3"),
        ({"watched": 4}, "watched is 4, not a list"),
        ({"watched": [4, "8"]}, "watched\\[1\\] is '8', not a whole number from 0"),
        ({"watched": [6]}, "watched\\[0\\] is 6, not the address of a word"),
        ({"watched": [8, 8]}, "watched\\[1\\] is 8, not the address of a word above those before it"),
        ({"watched": [1 << 32]}, "watched\\[0\\] is 4294967296, not the address of a word"),
        ({"numbers": [3]}, "numbers is \\[3\\], not an object"),
        ({"numbers": {"1.2": "3"}}, "numbers.'1.2' is '3', not a whole number from 0"),
        ({"numbers": {"1.02": 3}}, "a name in numbers is '1.02', not a descent such as \"1.2\""),
        ({"numbers": {"": 3}}, "a name in numbers is '', not a descent"),
        ({"numbers": {"1.2": 2}}, "numbers: 1.2 cannot have the number 2"),
        ({"numbers": {"1.2": 3, "1.3": 3}}, "numbers: 1.2 and 1.3 cannot both have the number 3"),
    ],
)
def test_damage_is_told_with_its_place(file: Path, changes: dict[str, Any], message: str) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    with pytest.raises(WrongSchedule, match=message):
        read_schedule(file)


@pytest.mark.parametrize("data", [b"", b"\x7fELF\0\xff", b"[" * 100_000, b"[]", b"1" * 5000, b'"\\ud800"'])
def test_what_is_no_schedule_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(WrongSchedule, match="not a schedule"):
        read_schedule(tmp_path / "file")


def test_whatever_is_lost_or_changed_it_is_a_schedule_or_none(file: Path) -> None:
    data, generator = file.read_bytes(), random.Random(1)
    for _ in range(400):
        at = generator.randrange(len(data))
        changed = data[:at] + bytes([generator.randrange(256)]) + data[at + generator.randrange(2) :]
        file.write_bytes(generator.choice([changed, data[:at]]))
        with contextlib.suppress(WrongSchedule):
            read_schedule(file)
