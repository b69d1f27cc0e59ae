"""What workers are asked to do in these tests: good and bad things."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any, NoReturn


class Unreadable(Exception):
    """An error that pickle can write and not read."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


class Unspeakable(Exception):
    """An error that cannot be told."""

    def __str__(self) -> str:
        raise ValueError("there are no words")


class Locked:
    """A value that cannot be sent."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("cannot be sent")


class Trap:
    """A value that can be sent, and not be received."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _spring, ()


def _spring() -> NoReturn:
    raise OSError("it snaps")


def die(how: str) -> NoReturn:
    """End this process without a word."""
    if how == "exit":
        os._exit(7)
    os.kill(os.getpid(), signal.Signals[how])
    time.sleep(100)
    raise AssertionError


def note(folder: str, text: str) -> None:
    """Leave a line in a file of this process's, which can be counted."""
    with open(Path(folder, str(os.getpid())), "a") as file:
        file.write(f"{text}\n")


def noted(folder: Path) -> list[str]:
    """All lines that were left."""
    return sorted(line for each in folder.iterdir() for line in each.read_text().splitlines())


def double(common: str, task: Any) -> Any:
    """Do what ``task`` says; ``common`` is a folder for notes, or empty."""
    if common:
        note(common, str(task))
    match task:
        case int():
            return 2 * task
        case "raise":
            raise ValueError("no good")
        case "unreadable":
            raise Unreadable("first", "second")
        case "unspeakable":
            raise Unspeakable
        case "leave":
            raise SystemExit(3)
        case "locked":
            return Locked()
        case "trap":
            return Trap()
        case "huge":
            return bytes(30_000_000)
        case "hang":
            while True:
                time.sleep(100)
        case _:
            die(task)


def once(common: str, task: str) -> str:
    """Die of a task the first time, and do it the second."""
    mark = Path(common, task)
    if task.startswith("shy") and not mark.exists():
        mark.touch()
        die("SIGKILL")
    return task


def size(common: bytes, task: int) -> tuple[int, int]:
    """Tell how much came along, and in which process."""
    return len(common), os.getpid()


def wait_for(common: str, task: int) -> int:
    """Say that it has begun, and wait until there is a file ``go``."""
    note(common, "begun")
    while not Path(common, "go").exists():
        time.sleep(0.01)
    return task
