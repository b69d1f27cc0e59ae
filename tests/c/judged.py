"""The programs of the differential suite: how each is built and run, on the host and in the machine.

A program is a C source in programs/. Lines of its first comment may say how it is run::

    Input: TEXT         what standard input gives, with \\n for line ends; nothing otherwise
    Arguments: A B      its arguments
    User: root          run as uid 0, which takes tests that run as root

It finds itself as ``./prog`` in a directory of its own that holds nothing else.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tests.natively import undisturbed
from vm import Machine, events, toolchain
from vm.cache import cache_directory
from vm.machine import Result

PROGRAMS = Path(__file__).with_name("programs")
NATIVE_FLAGS = ("-target", f"{platform.machine()}-linux-musl", "-static", "-fno-sanitize=undefined", "-g0")
SHARED_FLAGS = ("-Wall", "-Wno-unused-result", "-Wno-nonnull", "-ffp-contract=off")
USER = 1000
"""Whose programs run on the host when the tests are root's: the machine's own default."""

LAUNCHER = ("env", "--default-signal", "prlimit", "--core=0", "--nofile=256:256", "--")
"""What a program finds at its start, whatever started the tests: signals, limits."""

ENVIRONMENT = {"HOME": "/", "PATH": "/bin:/usr/bin", "LETTERS": "abc"}
SECONDS = 300


@dataclass(frozen=True)
class Program:
    """One program, by the name of its source, and how it is run."""

    name: str
    input: bytes = b""
    arguments: tuple[str, ...] = ()
    is_roots: bool = False

    @property
    def source(self) -> Path:
        return PROGRAMS / f"{self.name}.c"


@dataclass(frozen=True)
class Outcome:
    """What is compared: what a program wrote, and its status as a shell shows it."""

    output: str
    errors: str
    status: int


def read_program(path: Path) -> Program:
    """A program and what its first comment says."""
    comment = path.read_text().partition("*/")[0]
    said = dict(re.findall(r"^ *(Input|Arguments|User): (.*?) *$", comment, re.MULTILINE))
    return Program(
        path.stem,
        said.get("Input", "").encode().decode("unicode_escape").encode(),
        tuple(said.get("Arguments", "").split()),
        said.get("User") == "root",
    )


def all_programs() -> list[Program]:
    return [read_program(path) for path in sorted(PROGRAMS.glob("*.c"))]


@functools.cache
def _shared_source() -> bytes:
    return (PROGRAMS / "show.h").read_bytes()


def _kept(program: Program, flags: Sequence[str]) -> Path:
    """Where the host's build of the program is kept."""
    parts = [metadata.version("ziglang"), NATIVE_FLAGS, SHARED_FLAGS, list(flags), program.source.read_bytes()]
    digest = hashlib.sha256(repr(parts).encode() + _shared_source()).hexdigest()[:32]
    return (cache_directory("tests") or Path(tempfile.gettempdir())) / f"{digest}.native"


def is_built(program: Program, flags: Sequence[str]) -> bool:
    """True when the host's build, the last that :func:`build` makes, is kept."""
    return _kept(program, flags).exists()


def build_native(program: Program, flags: Sequence[str]) -> bytes:
    """The program for the host, from the cache while nothing has changed."""
    kept = _kept(program, flags)
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=kept.parent) as name:
            built = Path(name) / "prog"
            command = [sys.executable, "-P", "-m", "ziglang", "cc", *NATIVE_FLAGS, *SHARED_FLAGS, *flags]
            done = subprocess.run(
                [*command, program.source.name, "-o", str(built)], cwd=PROGRAMS, capture_output=True, text=True,
                stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            built.replace(kept)
    return kept.read_bytes()


def build(program: Program, flags: Sequence[str]) -> tuple[bytes, bytes]:
    """The program for the host, and for the machine."""
    image = toolchain.build(program.source, (*SHARED_FLAGS, *flags))
    return build_native(program, flags), image


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
    """Run on the host, in a session of its own, with default signals, as nobody special unless it is root's."""
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
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, umask=0o022, **identity,
            )  # fmt: skip
        with process:
            try:
                output, errors = process.communicate(program.input, timeout=SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise AssertionError(f"{program.name} does not end on the host") from None
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(output.decode("latin-1"), errors.decode("latin-1"), status)


def run_machine(program: Program, image: bytes, made: set[int], **settings: object) -> tuple[Outcome, Result]:
    """Run in the machine; the numbers of the calls that were made go into ``made``."""
    owner = 0 if program.is_roots else os.getuid() or USER
    group = 0 if program.is_roots else (os.getgid() if os.getuid() else USER)
    with directory(image) as folder:
        machine = Machine(root=folder, user=f"{owner}:{group}", seconds=SECONDS, **settings)
        run = machine.boot("/prog", program.arguments, environment=ENVIRONMENT, input=program.input)
        run.kernel.events.subscribe(events.CallEntered, lambda event: made.add(event.number))
        result = run.finish()
    output, errors = result.output.decode("latin-1"), result.errors.decode("latin-1")
    return Outcome(output, errors + result.message, result.status), result
