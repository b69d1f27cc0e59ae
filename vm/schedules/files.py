"""The file of a schedule: JSON with a version, an exchange a line. vm/manual/schedules.md describes it.

What is read is checked in full: any damage is a WrongSchedule that says where, and nothing in a file makes more of it
than the file is long.
"""

from __future__ import annotations

import base64
import binascii
import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vm.abi import Signal
from vm.abi.structures import Termios, Winsize
from vm.events.json import text
from vm.kernel.choice import Choice, ChoiceKind, Decision
from vm.kernel.process.numbers import check_plan, told
from vm.reading import read_bounded
from vm.schedules.schedule import (
    CLOSED,
    LARGEST_NUMBER,
    STREAM,
    TERMINAL,
    Answer,
    Exchange,
    Failure,
    Key,
    Schedule,
    SettingValue,
    Stage,
    Streams,
    Subject,
    TimeUp,
    WrongSchedule,
    settings_of,
)
from vm.settings import Settings, descriptions
from vm.text import brief

FORMAT_VERSION = 1
LARGEST_FILE = 256 << 20
"""Bytes of the largest file that is read."""

_ERRNOS = {name: number for number, name in errno.errorcode.items()}


def write_schedule(schedule: Schedule, path: str | os.PathLike[str]) -> None:
    """Write a schedule to a file. Raises OSError."""
    Path(path).write_text(schedule_text(schedule))


def schedule_text(schedule: Schedule) -> str:
    """Return what the file of a schedule holds."""
    return "\n".join(_lines(schedule)) + "\n"


def read_schedule(path: str | os.PathLike[str]) -> Schedule:
    """Read a schedule. Raises OSError when the file cannot be read, and WrongSchedule when it holds none."""
    return parse_schedule(read_bounded(path, LARGEST_FILE))


def parse_schedule(text: str | bytes) -> Schedule:
    """Return the schedule that a file with this text holds. Raises WrongSchedule when it holds none."""
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongSchedule(f"not a schedule: {error or 'nested too deeply'}") from None
    return _schedule(plain)


# --- writing ----------------------------------------------------------------------------------------------------------


def _lines(schedule: Schedule) -> Iterator[str]:
    """The lines of a file: one for what is said once, or for each of many."""
    subject, streams, end = schedule.subject, schedule.streams, schedule.end
    yield "{"
    yield f'"forklore": "schedule", "version": {FORMAT_VERSION},'
    yield f'"program": {_json(text(subject.path))}, "image": {_json(subject.image)},'
    yield f'"arguments": {_json([text(word) for word in subject.arguments])},'
    yield f'"environment": {_json([text(word) for word in subject.variables])},'
    yield f'"settings": {_json(dict(schedule.settings))},'
    yield f'"streams": {_json([streams.input, streams.output, streams.errors])},'
    yield f'"lines": {_json(schedule.has_lines)}, "live": {_json(schedule.is_live)},'
    yield f'"input": {_json(text(schedule.input))},'
    yield '"answers": {'
    ports = [
        f"{_json(port)}: {_many(_plain_exchange(each) for each in made)}" for port, made in schedule.exchanges.items()
    ]
    yield ",\n".join(ports)
    yield "},"
    yield f'"keys": {_many([key.clock, key.steps, Signal(key.signal).name] for key in schedule.keys)},'
    up = schedule.time_up
    yield f'"time_up": {_json(None if up is None else [up.clock, up.steps, up.looks])},'
    yield f'"choices": {_many(map(_plain_decision, schedule.choices))},'
    if schedule.numbers:
        yield f'"numbers": {_json({told(descent): number for descent, number in schedule.numbers.items()})},'
    if schedule.watched:
        yield f'"watched": {_json(schedule.watched)},'
    yield f'"end": {_json(None if end is None else [end.clock, end.retired, end.choices])}'
    yield "}"


def _json(value: Any) -> str:
    return json.dumps(value)


def _many(things: Any) -> str:
    lines = ",\n".join(map(_json, things))
    return f"[\n{lines}\n]" if lines else "[]"


def _plain_exchange(exchange: Exchange) -> list[Any]:
    answer: Any = exchange.answer
    if isinstance(answer, Failure):
        name = errno.errorcode.get(answer.errno, str(answer.errno))
        answer = {"limit": answer.limit} if answer.limit else {"error": name}
    return [exchange.question, answer, exchange.times]


def _plain_decision(decision: Decision) -> list[Any]:
    choice = decision.choice
    return [
        choice.number, choice.kind.name, choice.clock, choice.pid, list(choice.options), choice.default,
        decision.answer,
    ]  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------


class _Place:
    """A value in a file, and where it is: ``it`` is checked by what it is asked to be. Raises WrongSchedule."""

    def __init__(self, it: Any, where: str) -> None:
        self.it = it
        self.where = where

    def wrong(self, wanted: str) -> WrongSchedule:
        """Return the error of a value that should be something else."""
        return WrongSchedule(f"a damaged schedule: {self.where} is {brief(self.it)}, not {wanted}")

    def each(self, count: int | None = None) -> list[_Place]:
        """Return the items of a list, of that many."""
        if not isinstance(self.it, list) or count not in (None, len(self.it)):
            raise self.wrong("a list" if count is None else f"a list of {count}")
        return [_Place(value, f"{self.where}[{number}]") for number, value in enumerate(self.it)]

    def named(self) -> dict[str, _Place]:
        """Return the members of an object."""
        if not isinstance(self.it, dict):
            raise self.wrong("an object")
        return {name: _Place(value, f"{self.where}.{brief(name)}") for name, value in self.it.items()}

    def number(self, lowest: int = 0) -> int:
        """Return a whole number."""
        if type(self.it) is not int or not lowest <= self.it <= LARGEST_NUMBER:
            raise self.wrong(f"a whole number from {lowest}")
        return self.it

    def truth(self) -> bool:
        """Return true or false."""
        if not isinstance(self.it, bool):
            raise self.wrong("true or false")
        return self.it

    def word(self, of: tuple[str, ...] = ()) -> str:
        """Return a text, one of these if any are given."""
        if not isinstance(self.it, str) or (of and self.it not in of):
            raise self.wrong(" or ".join(of) if of else "a text")
        return self.it

    def bytes(self) -> bytes:
        """Return bytes, as a text or in base64."""
        try:
            if isinstance(self.it, dict):
                return base64.b64decode(self.it["base64"], validate=True)
            return self.word().encode()
        except (KeyError, TypeError, ValueError, binascii.Error):
            raise self.wrong("a text or bytes in base64") from None


def _schedule(plain: Any) -> Schedule:
    if not isinstance(plain, dict) or plain.get("forklore") != "schedule":
        raise WrongSchedule('not a schedule: it does not begin with "forklore": "schedule"')
    if plain.get("version") != FORMAT_VERSION:
        raise WrongSchedule(
            f"a schedule of version {brief(plain.get('version'))}; this forklore reads {FORMAT_VERSION}"
        )
    named = _Place(plain, "it").named()

    def at(name: str) -> _Place:
        if name not in named:
            raise WrongSchedule(f"a damaged schedule: it has no {name}")
        return _Place(named[name].it, name)

    return Schedule(
        Subject(
            at("program").bytes(),
            tuple(word.bytes() for word in at("arguments").each()),
            tuple(word.bytes() for word in at("environment").each()),
            at("image").word(),
        ),
        _settings(at("settings")),
        Streams(*(stream.word((STREAM, TERMINAL, CLOSED)) for stream in at("streams").each(3))),
        at("lines").truth(),
        at("live").truth(),
        at("input").bytes(),
        {port: tuple(map(_exchange, made.each())) for port, made in at("answers").named().items()},
        tuple(map(_key, at("keys").each())),
        None if at("time_up").it is None else TimeUp(*(each.number() for each in at("time_up").each(3))),
        tuple(map(_decision, at("choices").each())),
        None if at("end").it is None else Stage(*(each.number() for each in at("end").each(3))),
        _numbers(at("numbers")) if "numbers" in named else {},
        _watched(at("watched")) if "watched" in named else (),
    )


def _settings(place: _Place) -> dict[str, SettingValue]:
    """What a machine can be made of."""
    for name in place.named():
        if name not in descriptions():
            raise WrongSchedule(f"a damaged schedule: {brief(name)} is no setting")
    try:
        return settings_of(Settings(**place.it))
    except (TypeError, ValueError) as error:
        raise WrongSchedule(f"a damaged schedule: settings: {error}") from None


def _numbers(place: _Place) -> dict[tuple[int, ...], int]:
    """What a plan of numbers may say."""
    plan: dict[tuple[int, ...], int] = {}
    for name, number in place.named().items():
        if not re.fullmatch(r"[1-9]\d{0,8}(\.[1-9]\d{0,8})*", name, re.ASCII):
            raise _Place(name, "a name in numbers").wrong('a descent such as "1.2"')
        plan[tuple(map(int, name.split(".")))] = number.number()
    try:
        check_plan(plan)
    except ValueError as error:
        raise WrongSchedule(f"a damaged schedule: numbers: {error}") from None
    return plan


def _watched(place: _Place) -> tuple[int, ...]:
    """Addresses of words, in ascending order."""
    words: list[int] = []
    for word in place.each():
        if word.number() & 3 or word.it > 0xFFFF_FFFF or (words and word.it <= words[-1]):
            raise word.wrong("the address of a word above those before it")
        words.append(word.it)
    return tuple(words)


def _exchange(place: _Place) -> Exchange:
    question, answer, times = place.each(3)
    words = question.word().split(" ")
    reader = _ANSWERS.get(words[0])
    if reader is None:
        raise question.wrong("a question that a machine asks")
    return Exchange(question.it, _answer(answer, reader), times.number(1))


def _answer(place: _Place, reader: Callable[[_Place], Answer]) -> Answer:
    if not isinstance(place.it, dict):
        return reader(place)
    named = place.named()
    if list(named) == ["limit"]:
        return Failure(limit=named["limit"].word())
    if list(named) != ["error"]:
        raise place.wrong("an answer")
    name = named["error"].word()
    number = _ERRNOS.get(name) or (int(name) if re.fullmatch(r"[1-9]\d{0,4}", name, re.ASCII) else None)
    if number is None:
        raise named["error"].wrong("the name of an error")
    return Failure(number)


def _nothing(place: _Place) -> None:
    if place.it is not None:
        raise place.wrong("null")


def _perhaps_number(place: _Place) -> int | None:
    return None if place.it is None else place.number()


def _digits(size: int) -> Callable[[_Place], str]:
    def read(place: _Place) -> str:
        if not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", place.word()):
            raise place.wrong(f"{2 * size} hexadecimal digits")
        return place.word()

    return read


_ANSWERS: dict[str, Callable[[_Place], Answer]] = {
    "peek": _perhaps_number, "forget": _Place.number, "held": _Place.number, "write": _perhaps_number,
    "attributes": _digits(Termios.SIZE), "set_attributes": _nothing, "waits_for_keys": _Place.truth,
    "window": _digits(Winsize.SIZE), "waiting": _Place.number, "flush": _nothing, "wait": _Place.number,
    "sleep": _Place.number, "keys": _Place.truth, "key": _nothing, "stop": _nothing,
}  # fmt: skip
"""What the answers to questions are, by their first words."""


def _key(place: _Place) -> Key:
    clock, steps, name = place.each(3)
    return Key(clock.number(), steps.number(), Signal[name.word(tuple(Signal.__members__))])


def _decision(place: _Place) -> Decision:
    number, kind, clock, pid, options, default, answer = place.each(7)
    found = tuple(option.number() for option in options.each())
    choice = Choice(
        number.number(), ChoiceKind[kind.word(tuple(ChoiceKind.__members__))], clock.number(), pid.number(), found,
        default.number(),
    )  # fmt: skip
    if answer.number() >= len(found):
        raise answer.wrong("one of the options")
    return Decision(choice, answer.it)
