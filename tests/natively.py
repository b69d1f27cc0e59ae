"""One C program on the host's kernel, the judge, and in the machine: compiled for both, run on both, compared.

A program may say in its first comment how it is run::

    Input: TEXT         what standard input gives, with \\n for line ends; nothing otherwise
    Arguments: A B      its arguments
    User: root          run as uid 0, which takes tests that run as root

It finds itself as ``./prog`` in a directory of its own that holds nothing else. The programs print nothing that may
differ between two Linux systems.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import pytest

from vm import Machine, events, toolchain
from vm.cache import cache_directory
from vm.records import Result

ROOT = Path(__file__).parents[1]
TRIES = 5
NATIVE_FLAGS = ("-target", f"{platform.machine()}-linux-musl", "-static", "-fno-sanitize=undefined", "-g0")
USER = 1000
"""Whose programs run on the host when the tests are root's: the machine's own default."""

LAUNCHER = ("env", "--default-signal", "prlimit", "--core=0", "--nofile=256:256", "--")
"""What a program finds at its start, whatever started the tests: signals, limits."""

ENVIRONMENT = {"HOME": "/", "PATH": "/bin:/usr/bin", "LETTERS": "abc"}
SECONDS = 300

needs_host = [
    pytest.mark.skipif(sys.platform != "linux", reason="the host is not Linux"),
    pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang"),
]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Program:
    """One program, by its source, and how it is built and run."""

    source: Path
    flags: tuple[str, ...] = ()
    input: bytes = b""
    arguments: tuple[str, ...] = ()
    is_roots: bool = False

    @property
    def name(self) -> str:
        return self.source.stem


@dataclass(frozen=True)
class Outcome:
    """What is compared: what a program wrote, and its status as a shell shows it."""

    output: str
    errors: str
    status: int


def read_program(path: Path, *flags: str) -> Program:
    """A program and what its first comment says."""
    comment = path.read_text().partition("*/")[0]
    said = dict(re.findall(r"^ *(Input|Arguments|User): (.*?) *$", comment, re.MULTILINE))
    return Program(
        path,
        flags,
        said.get("Input", "").encode().decode("unicode_escape").encode(),
        tuple(said.get("Arguments", "").split()),
        said.get("User") == "root",
    )


def read_programs(folder: Path, *flags: str) -> list[Program]:
    """The programs of a folder; headers beside them are found."""
    return [read_program(path, *flags) for path in sorted(folder.glob("*.c"))]


# --- building -------------------------------------------------------------------------------------------------------


def _kept(program: Program) -> Path:
    """Where the host's build of the program is kept."""
    parts = [metadata.version("ziglang"), NATIVE_FLAGS, list(program.flags), program.source.read_bytes()]
    headers = b"".join(path.read_bytes() for path in sorted(program.source.parent.glob("*.h")))
    digest = hashlib.sha256(repr(parts).encode() + headers).hexdigest()[:32]
    return (cache_directory("tests") or Path(tempfile.gettempdir())) / f"{digest}.native"


def is_built(program: Program) -> bool:
    """True when the host's build, the last that :func:`build` makes, is kept."""
    return _kept(program).exists()


def build_native(program: Program) -> bytes:
    """The program for the host, from the cache while nothing has changed."""
    kept = _kept(program)
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=kept.parent) as name:
            built = Path(name) / "prog"
            command = [sys.executable, "-P", "-m", "ziglang", "cc", *NATIVE_FLAGS, *program.flags]
            done = subprocess.run(
                [*command, program.source.name, "-o", str(built)], cwd=program.source.parent, capture_output=True,
                text=True, stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            built.replace(kept)
    return kept.read_bytes()


def build(program: Program) -> tuple[bytes, bytes]:
    """The program for the host, and for the machine."""
    image = toolchain.build(program.source, program.flags)
    return build_native(program), image


# --- running --------------------------------------------------------------------------------------------------------


@contextmanager
def undisturbed() -> Iterator[None]:
    """Processes that are started inside run before all ordinary ones, where that is allowed (sched(7))."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@contextmanager
def directory(image: bytes) -> Iterator[Path]:
    """A fresh directory that holds the program alone, and that any user can reach."""
    with tempfile.TemporaryDirectory(prefix="forklore-test-") as name:
        os.chmod(name, 0o755)
        folder = Path(name) / "root"
        folder.mkdir()
        prog = folder / "prog"
        prog.write_bytes(image)
        prog.chmod(0o755)
        folder.chmod(0o755)
        yield folder


def run_native(program: Program, image: bytes) -> Outcome:
    """Run on the host, in a process group of its own, with default signals, as nobody special unless it is root's."""
    with directory(image) as folder:
        identity = {}
        if os.getuid() == 0:
            owner = 0 if program.is_roots else USER
            identity = {"user": owner, "group": owner, "extra_groups": []}
            for path in (folder, folder / "prog"):
                os.chown(path, owner, owner)
        with undisturbed():
            process = subprocess.Popen(
                [*LAUNCHER, "./prog", *program.arguments], cwd=folder, env=ENVIRONMENT, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0, umask=0o022, **identity,
            )  # fmt: skip
        with process:
            try:
                output, errors = process.communicate(program.input, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"{program.name} does not end on the host") from None
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(output.decode("latin-1"), errors.decode("latin-1"), status)


def run_machine(
    program: Program, image: bytes, made: set[int] | None = None, **settings: object
) -> tuple[Outcome, Result]:
    """Run in the machine; the numbers of the calls that were made go into ``made``."""
    owner = 0 if program.is_roots else os.getuid() or USER
    group = 0 if program.is_roots else (os.getgid() if os.getuid() else USER)
    with directory(image) as folder:
        machine = Machine(root=folder, user=f"{owner}:{group}", seconds=SECONDS, **settings)
        run = machine.boot("/prog", program.arguments, environment=ENVIRONMENT, input=program.input).start()
        if made is not None:
            run.kernel.events.subscribe(events.CallEntered, lambda event: made.add(event.number))
        result = run.finish()
    output, errors = result.output.decode("latin-1"), result.errors.decode("latin-1")
    return Outcome(output, errors + result.message, result.status), result


def answer(ours: Answer, run: Callable[[], Answer]) -> Answer:
    """What the host answers: ``ours``, if that is one of its answers.

    A program that sleeps until another has come so far may see another order on a busy computer. Whatever the host's
    kernel does is right, so it is asked several times.
    """
    for _ in range(TRIES):
        theirs = run()
        if theirs == ours:
            break
    return theirs


def answers(module: str, asked: object = None) -> Any:
    """What a program of the tests says that makes calls of the host's kernel one by one: JSON in, JSON out."""
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, input=json.dumps(asked), text=True, stdout=subprocess.PIPE,
        check=True, timeout=SECONDS,
    )  # fmt: skip
    return json.loads(done.stdout)


def agree(
    program: Program, images: tuple[bytes, bytes] | None = None, made: set[int] | None = None, **settings: object
) -> Result:
    """Hold what a program does in the machine, which is the result, against what it does on the host."""
    native, image = images or build(program)
    found, result = run_machine(program, image, made, **settings)
    assert found == answer(found, lambda: run_native(program, native))
    return result
