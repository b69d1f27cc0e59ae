"""A schedule as plain data, and whether it fits a machine and its program."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import field

from vm.elf import ElfError, load_image
from vm.elf import format as f
from vm.elf.reader import read_header, read_program_headers
from vm.kernel.choice import Decision
from vm.settings import Settings, descriptions
from vm.text import brief
from vm.values import dataclass

ANSWERS_LIMIT = 1_000_000
"""Answers and signals that are recorded of a run at most, where equal ones in a row count once."""
INPUT_LIMIT = 64 << 20
"""Bytes of input that are recorded of a run at most."""
LARGEST_NUMBER = 1 << 60
"""The largest number in a schedule: guest time beyond it is never reached."""
HEADER_SIZE = 52
"""Bytes of an ELF file's header, which tells where debugging information lies, too."""

IRRELEVANT = ("engine", "seconds")
"""Settings that a run does not depend on, if no limit on the host's time ends it."""

STREAM, TERMINAL, CLOSED = "stream", "terminal", "closed"
"""What a standard stream was."""

SettingValue = int | float | str | bool | None


class WrongSchedule(ValueError):
    """This is no schedule, or one of another run; the text says why."""


class Diverged(Exception):
    """A run that repeats another one went another way; the text says where, and what differs."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a port failed: with the host's ``errno``, or by a ``limit`` of the machine's."""

    errno: int = 0
    limit: str = ""


Answer = int | str | Failure | None
"""What a port answers, as it is recorded."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A port was asked a ``question`` and gave this ``answer``, so many ``times`` in a row."""

    question: str
    answer: Answer = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Key:
    """A ``signal`` came from a key at guest time ``clock``, after so many ``steps`` of the loop."""

    clock: int
    steps: int
    signal: int


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The host's time was up at guest time ``clock``, after so many ``steps``, at that many ``looks`` at its clock."""

    clock: int
    steps: int
    looks: int


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a run came: guest time, instructions retired, choices made."""

    clock: int
    retired: int
    choices: int


@dataclass(frozen=True, slots=True)
class Streams:
    """What standard input, output and errors were: each STREAM, TERMINAL or CLOSED."""

    input: str = STREAM
    output: str = STREAM
    errors: str = STREAM


@dataclass(frozen=True, slots=True)
class Subject:
    """What runs: the ``path`` in the guest, its arguments and variables; ``image`` is a digest of what is executed."""

    path: bytes
    arguments: tuple[bytes, ...]
    variables: tuple[bytes, ...]
    image: str = ""

    def differences(self, other: Subject) -> Iterator[str]:
        """Say how a program that is to be run differs from this, which was."""
        if other.path != self.path:
            yield f"recorded of {_shown(self.path)}, this is {_shown(other.path)}"
        elif other.arguments != self.arguments:
            yield f"recorded with the arguments {_words(self.arguments)}, these are {_words(other.arguments)}"
        for variable in sorted(set(self.variables) ^ set(other.variables)):
            yield f"{'recorded' if variable in self.variables else 'not recorded'} with the variable {_shown(variable)}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """All that makes a run repeat.

    ``subject`` and ``settings`` say what of. ``streams`` were its standard streams; ``has_lines``: its input was read
    line by line, ``is_live``: typed. ``input`` is what was read. ``exchanges`` are the questions to ports and their
    answers in order, by the name of the port. ``keys`` came at the terminal. ``time_up`` is there when a limit on the
    host's time ended the run. ``choices`` are those that were not the machine's own. ``end`` tells where it ended, None
    if it had not. ``numbers`` are those of processes and threads that were planned, by descent. ``watched`` are the
    addresses of the words that were.
    """

    subject: Subject
    settings: Mapping[str, SettingValue]
    streams: Streams = Streams()
    has_lines: bool = False
    is_live: bool = False
    input: bytes = b""
    exchanges: Mapping[str, tuple[Exchange, ...]] = field(default_factory=dict)
    keys: tuple[Key, ...] = ()
    time_up: TimeUp | None = None
    choices: tuple[Decision, ...] = ()
    end: Stage | None = None
    numbers: Mapping[tuple[int, ...], int] = field(default_factory=dict)
    watched: tuple[int, ...] = ()

    def check_fit(self, settings: Settings, subject: Subject) -> None:
        """Raise WrongSchedule, which says what differs, for another machine, program, arguments or environment."""
        differences = [
            f"recorded with {name} {brief(was)}, this machine has {brief(now)}"
            for name, now in settings_of(settings).items()
            if name not in IRRELEVANT and (was := self.settings.get(name)) != now
        ]
        differences += self.subject.differences(subject)
        if differences:
            raise WrongSchedule(f"the schedule is of another run: {'; '.join(differences)}")

    def check_image(self, image: str) -> None:
        """Raise WrongSchedule for the digest of another program."""
        if image != self.subject.image:
            raise WrongSchedule(
                "the schedule is of another run: the program is another one, or was made in another way"
            )


def settings_of(settings: Settings) -> dict[str, SettingValue]:
    """Return the settings of a machine by name; the user as numbers, however it was named."""
    user = f"{settings.uid}:{settings.gid}"
    return {name: user if name == "user" else getattr(settings, name) for name in descriptions()}


def digest_of(image: bytes) -> str:
    """Return a digest of what a program loads, as 64 hexadecimal digits.

    It does not depend on debugging information, which tells in which folder a program was made.
    """
    try:
        segments, loaded = load_image(image).segments, _without_places(image)
    except ElfError:  # a script
        return hashlib.sha256(image).hexdigest()
    digest = hashlib.sha256()
    for segment in segments:
        data, at = segment.data, segment.offset
        if at is not None:
            data = loaded[max(at, HEADER_SIZE) : at + len(data)]
        digest.update(f"{segment.vaddr} {segment.memsz} {segment.protection} {len(data)} ".encode())
        digest.update(data)
    return digest.hexdigest()


def _without_places(image: bytes) -> bytes:
    """An image whose program headers do not tell where in the file lies what is not loaded: behind what is."""
    table, blank = read_header(image), bytearray(image)
    for number, header in enumerate(read_program_headers(image)):
        if header.type != f.PT_LOAD:
            at = table.phoff + number * f.PROGRAM_HEADER.size + f.P_OFFSET
            blank[at : at + 4] = bytes(4)
    return bytes(blank)


def _shown(text: bytes) -> str:
    return brief(os.fsdecode(text))


def _words(words: tuple[bytes, ...]) -> str:
    return brief([os.fsdecode(word) for word in words[1:]])
