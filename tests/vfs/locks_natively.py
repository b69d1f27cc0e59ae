"""Locks on the host's own kernel: three processes do what they are told, one step after another (test_locks.py).

Standard library only; reads sequences as JSON and prints the results.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import sys
import tempfile
from typing import Any

PROCESSES = 3
FLOCK = struct.Struct("hhqqi4x")  # struct flock of 64-bit systems


class Actor:
    """One process: opens, closes and locks."""

    def __init__(self, pids: list[int]) -> None:
        self.pids = pids

    def act(self, name: str, *arguments: Any) -> Any:
        try:
            return getattr(self, name)(*arguments)
        except OSError as error:
            return -(error.errno or 0)

    def open(self, path: str, flags: int) -> int:
        return os.open(path, flags)

    def close(self, fd: int) -> int:
        os.close(fd)
        return 0

    def dup(self, fd: int) -> int:
        return fcntl.fcntl(fd, fcntl.F_DUPFD, 3)

    def seek(self, fd: int, offset: int) -> int:
        return os.lseek(fd, offset, os.SEEK_SET)

    def lock(self, fd: int, kind: int, whence: int, start: int, length: int) -> int:
        fcntl.fcntl(fd, fcntl.F_SETLK, FLOCK.pack(kind, whence, start, length, 0))
        return 0

    def ask(self, fd: int, kind: int, whence: int, start: int, length: int) -> Any:
        answer = fcntl.fcntl(fd, fcntl.F_GETLK, FLOCK.pack(kind, whence, start, length, 0))
        kind, whence, start, length, pid = FLOCK.unpack(answer)
        return [kind, whence, start, length, self.pids.index(pid) if pid else -1] if kind != fcntl.F_UNLCK else [kind]

    def flock(self, fd: int, operation: int) -> int:
        fcntl.flock(fd, operation)
        return 0


def serve(number: int, commands: int, answers: int) -> None:
    """Carry out what comes in, a line a step."""
    actor = None
    with os.fdopen(commands) as lines:
        for line in lines:
            name, *arguments = json.loads(line)
            if name == "pids":
                actor = Actor(arguments)
                result: Any = number
            else:
                assert actor is not None
                result = actor.act(name, *arguments)
            os.write(answers, (json.dumps(result) + "\n").encode())


def run(sequence: list[list[Any]]) -> list[Any]:
    """The results of a sequence of (process, operation, arguments)."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name in ("x", "y"):
            with open(name, "wb") as file:
                file.write(bytes(100))
        ends = []
        for number in range(PROCESSES):
            commands, answers = os.pipe(), os.pipe()
            pid = os.fork()
            if pid == 0:
                os.dup2(commands[0], 900)
                os.dup2(answers[1], 901)
                os.closerange(3, 900)
                serve(number, 900, 901)
                os._exit(0)
            os.close(commands[0])
            os.close(answers[1])
            ends.append((pid, os.fdopen(commands[1], "w"), os.fdopen(answers[0])))

        def tell(who: int, step: list[Any]) -> Any:
            ends[who][1].write(json.dumps(step) + "\n")
            ends[who][1].flush()
            return json.loads(ends[who][2].readline())

        pids = [pid for pid, _, _ in ends]
        for who in range(PROCESSES):
            tell(who, ["pids", *pids])
        results = [tell(who, step) for who, *step in sequence]
        for pid, commands, answers in ends:
            commands.close()
            answers.close()
            os.waitpid(pid, 0)
        os.chdir("/")
        return results


if __name__ == "__main__":
    print(json.dumps([run(sequence) for sequence in json.load(sys.stdin)]))
