"""The real gdb-multiarch, driven over its machine interface.

What a person types goes in as console commands, and what gdb shows comes back as records. Behind every command another
one is asked that does nothing: gdb answers it once the first is over, be it that its program has run and stopped.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.debug.walks import mi

NAME = "gdb-multiarch"
SILENCE = 60
"""Seconds without a word that are a hang, where the machine does not move either."""
PATIENCE = 400_000
"""Instructions behind which it is interrupted: more than the programs have, if nobody holds one of their threads for
whom another waits."""
SETTINGS = (
    "set confirm off",
    "set pagination off",
    "set width 0",
    "set height 0",
    "set debuginfod enabled off",
    "set backtrace past-main on",
    "set stack-cache off",  # gdb 13 does not read the stack of a process again, where all go on from another one
    "maintenance set internal-error quit yes",
    "maintenance set internal-error corefile no",
    "maintenance set internal-error backtrace off",
    "maintenance set internal-warning quit no",
    "maintenance set internal-warning corefile no",
)
BROKEN = re.compile(
    r"internal-(error|warning)|internal to GDB|Remote failure|Ignoring packet error|Couldn't get registers"
    r"|Remote connection closed|[Rr]eply contains|Remote replied|[Mm]alformed|[Ii]nvalid remote|[Bb]ogus|Truncated"
    r"|Packet too long|packet error|Unexpected|unrecognized|Unknown remote qXfer|Communication error|Aborting"
    r"|putpkt|getpkt|Assertion|Python Exception|Timeout reading|Timed out|Architecture rejected"
    r"|unable to open file|reply to|target description|Child died|Hardware watchpoint.*(deleted|not)"
)
"""What gdb says when what it has been sent is wrong, or when it is wrong itself."""


class Broken(Exception):
    """gdb has died, hangs, or was told something that it could not make sense of."""


@dataclass(slots=True)
class Answer:
    """What one command has brought: its result, and what was said until it was over.

    ``result`` is done, running, connected, error or exit. ``stops`` are the ``*stopped`` records, ``changes`` the ``=``
    ones as (name, values); ``console``, ``log`` and ``target`` are text, ``other`` is what was no record.
    ``is_interrupted``: the machine went on and on, and was interrupted.
    """

    command: str
    result: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    stops: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    console: str = ""
    log: str = ""
    target: str = ""
    other: str = ""
    is_interrupted: bool = False

    @property
    def error(self) -> str:
        """What gdb complains of; empty where it does not."""
        return str(self.values.get("msg", "")) if self.result == "error" else ""

    @property
    def text(self) -> str:
        """All that a person would read."""
        return self.console + self.log + self.target + self.other


class Gdb:
    """A gdb of its own, in ``folder``.

    ``steps`` tells how far the machine has come: gdb may be silent while that moves. What it raises ends the waiting.
    """

    def __init__(self, folder: Path, *settings: str, steps: Callable[[], int] = lambda: 0) -> None:
        self.steps = steps
        self.transcript: list[str] = []
        self._token = 0
        self._is_interrupted = False
        self._rest = b""
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb"}
        self._process = subprocess.Popen(
            [NAME, "--interpreter=mi3", "-nx", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, cwd=folder, env=environment, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        for setting in (*SETTINGS, *settings):
            answer = self.type(setting)
            assert answer.result == "done", f"{setting}: {answer.error}"

    # --- asking ---------------------------------------------------------------------------------------------------

    def type(self, line: str) -> Answer:
        """Type a command at gdb's prompt, as a person does. Raises Broken."""
        quoted = line.replace("\\", "\\\\").replace('"', '\\"')
        return self.ask(f'-interpreter-exec console "{quoted}"', shown=line)

    def ask(self, command: str, shown: str = "") -> Answer:
        """Send a command of the machine interface, and return what it brings once it is over. Raises Broken."""
        answer = Answer(shown or command)
        self._is_interrupted = False
        self.transcript.append(f"> {answer.command}\n")
        first, last = self._token + 1, self._token + 2
        self._token = last
        self._send(f"{first}{command}\n{last}-gdb-show confirm\n")
        while True:
            record = self._read()
            if record.kind == "^" and record.token == last:
                break
            self._sort(answer, record, first)
            if answer.result == "exit":
                self._process.wait()
                break
        answer.is_interrupted = self._is_interrupted
        found = BROKEN.search(answer.text + answer.error)
        if found is not None:
            raise Broken(f"{answer.command}: gdb says {found[0]!r}: {(answer.text + answer.error)[-2000:]}")
        return answer

    @property
    def is_alive(self) -> bool:
        """False once gdb has ended."""
        return self._process.poll() is None

    def _sort(self, answer: Answer, record: mi.Record, token: int) -> None:
        if record.kind == "^" and record.token in (token, None):
            if not answer.result or record.name == "error":
                answer.result, answer.values = record.name, record.values
        elif record.kind == "*" and record.name == "stopped":
            answer.stops.append(record.values)
        elif record.kind == "=":
            answer.changes.append((record.name, record.values))
        elif record.kind == "~":
            answer.console += record.text
        elif record.kind == "&":
            answer.log += record.text
        elif record.kind == "@":
            answer.target += record.text
        elif record.kind == "?":
            answer.other += record.text + "\n"

    # --- the pipes ------------------------------------------------------------------------------------------------

    def _send(self, text: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            self._read_the_end()

    def _read(self) -> mi.Record:
        """The next record that says something. Raises Broken where none comes."""
        while True:
            line, found, rest = self._rest.partition(b"\n")
            if found:
                self._rest = rest
                text = line.decode("utf-8", "replace").rstrip("\r")
                if text.strip() not in ("(gdb)", ""):
                    self.transcript.append(text[:2000] + "\n")
                    return mi.read(text)
                continue
            self._fill()

    def _fill(self) -> None:
        assert self._process.stdout is not None
        silent, now = 0, -1
        while not self._selector.select(1.0):
            silent = silent + 1 if self.steps() == now or self._is_interrupted else 0
            now = self.steps()
            if now > PATIENCE and not self._is_interrupted:
                self._is_interrupted = True
                self.interrupt()
            if silent > SILENCE:
                state = "was interrupted" if self._is_interrupted else "stands still"
                raise Broken(f"no answer in {SILENCE} s, and the machine {state}:\n{self.last_lines()}")
        data = os.read(self._process.stdout.fileno(), 1 << 16)
        if not data:
            self._read_the_end()
        self._rest += data

    def _read_the_end(self) -> None:
        status = self._process.wait()
        raise Broken(f"gdb has ended with status {status}:\n{self._rest.decode(errors='replace')}{self.last_lines()}")

    def last_lines(self, count: int = 40) -> str:
        """The end of what was said, for people."""
        return "".join(self.transcript[-count:])

    def interrupt(self) -> None:
        """Press the interrupt key. May be called from another thread."""
        os.kill(self._process.pid, signal.SIGINT)

    def close(self) -> None:
        """End it, whatever it does. Its last words are not read."""
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Gdb:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_missing() -> bool:
    """True where there is no such gdb."""
    return shutil.which(NAME) is None


def wait_for(path: Path, seconds: float = 20.0) -> None:
    """Wait until there is a file: a server's socket. Raises Broken."""
    for _ in range(int(seconds * 100)):
        if path.exists():
            return
        time.sleep(0.01)
    raise Broken(f"nobody has made {path}")
