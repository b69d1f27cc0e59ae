"""Retracing: the host is asked each question once, by whichever copy of a run comes to it first.

A machine can be taken back by a copy that is behind it. What the host has answered once, the copy is told again; where
it comes to the end of what is known it goes on as the machine itself, and the host is asked.
"""

from __future__ import annotations

import errno
import os
import termios
from collections.abc import Callable
from typing import Literal

from vm.kernel.errors import MachineStopped
from vm.kernel.ports import BytesInput, Input
from vm.schedules.schedule import (
    ANSWERS_LIMIT,
    INPUT_LIMIT,
    Answer,
    Diverged,
    Exchange,
    Failure,
    Key,
    Schedule,
    Stage,
    TimeUp,
)

NOT_INTERRUPTED: Callable[[], bool] = bool
"""Nobody wants the machine to stop waiting."""


class _Noted:
    """An exchange that may still be made more often: ``times`` in a row."""

    __slots__ = ("answer", "question", "times")

    def __init__(self, question: str, answer: Answer, times: int = 1) -> None:
        self.question = question
        self.answer = answer
        self.times = times


class Place:
    """How far a copy has come with the exchanges of one port.

    ``used`` of exchange number ``index`` were met, ``count`` of all.
    """

    __slots__ = ("count", "index", "used")

    def __init__(self, index: int = 0, used: int = 0, count: int = 0) -> None:
        self.index = index
        self.used = used
        self.count = count

    def twin(self) -> Place:
        """Return the same place, to go on from."""
        return Place(self.index, self.used, self.count)


class Trace:
    """What the host has told a run so far, and its copies, which all have this one.

    ``data`` is the input that is known; the first ``taken`` bytes of it were consumed of the host's input ``source``.
    ``keys`` came at the terminal. ``arrived`` are signals from keys that no machine has taken yet. ``left`` are the
    seconds that may pass. ``is_changed``: a debugger has changed the run. ``is_open``: there is a host to ask; not
    while a ``schedule`` is repeated. ``is_interrupted`` is asked while the host is waited for: whether the wait is to
    end. ``hurry`` lets the machine that runs listen to the host before its next instruction.
    """

    def __init__(self, source: Input, schedule: Schedule | None, seconds: float | None) -> None:
        self.source = source
        self.data = bytearray()
        self.taken = 0
        self.has_lines = False
        self.keys: list[Key] = []
        self.time_up: TimeUp | None = None
        self.arrived: list[int] = []
        self.left = seconds
        self.is_open = schedule is None
        self.is_changed = False
        self.schedule = schedule
        self.is_interrupted = NOT_INTERRUPTED
        self.hurry: Callable[[], object] = bool
        self.notes: dict[str, list[_Noted]] = {}
        self.shown: dict[str, int] = {}
        self._count = 0
        if schedule is not None:
            self._know(schedule)

    def _know(self, schedule: Schedule) -> None:
        self.data += schedule.input
        self.taken = len(self.data)
        self.has_lines = schedule.has_lines
        self.keys += schedule.keys
        self.time_up = schedule.time_up
        for port, exchanges in schedule.exchanges.items():
            self.notes[port] = [_Noted(each.question, each.answer, each.times) for each in exchanges]

    def make_room(self) -> None:
        """Raise MachineStopped when no more answers can be noted."""
        if self._count >= ANSWERS_LIMIT:
            raise MachineStopped(f"limit of {ANSWERS_LIMIT:,} answers of the host's that are recorded")

    def note(self, port: str, question: str, answer: Answer) -> bool:
        """Note what a port has answered; True for what is not like the exchange before it."""
        notes = self.notes.setdefault(port, [])
        if notes and notes[-1].question == question and notes[-1].answer == answer:
            notes[-1].times += 1
            return False
        notes.append(_Noted(question, answer))
        self._count += 1
        return True

    def note_key(self, key: Key) -> None:
        """Note that a key has sent a signal."""
        self.keys.append(key)
        self._count += 1

    def cut(self, places: dict[str, Place], keys_taken: int) -> None:
        """Forget what was told behind these places: from there on it goes another way.

        Input that was taken from the host stays known, and is served again.
        """
        for port, notes in self.notes.items():
            place = places.get(port, Place())
            self._count -= len(notes)
            del notes[place.index + 1 :]
            if notes and place.index < len(notes):
                notes[place.index].times = place.used
                if not place.used:
                    notes.pop()
            self._count += len(notes)
            self.shown[port] = min(self.shown.get(port, 0), place.count)
        self._count -= len(self.keys) - keys_taken
        del self.keys[keys_taken:]
        self.time_up = None
        if not self.is_open:
            self.is_open = True
            self.source = BytesInput(b"")

    # --- input ----------------------------------------------------------------------------------------------------

    def look(self, offset: int, size: int, peek: Callable[[int], bytes | None]) -> int | None:
        """Ask for up to ``size`` bytes of input from ``offset`` on; return how many there are, None while none are.

        What was taken from the host and not consumed, in a future that is no more, comes first, line by line if it was
        read so. ``peek`` asks the host. Raises OSError and MachineStopped.
        """
        held = bytes(self.data[offset : min(offset + size, self.taken)])
        if self.has_lines and (end := held.find(b"\n") + 1):
            return end
        if len(held) == size or (held and self.source.is_live):
            return len(held)
        found = peek(size - len(held))
        if found is None:
            return None
        known = len(self.data) - self.taken
        if len(self.data) + len(found) - known > INPUT_LIMIT:
            raise MachineStopped(f"limit of {INPUT_LIMIT:,} bytes of input that are recorded")
        self.data += found[known:]
        return len(held) + len(found)

    def take_to(self, offset: int) -> bool:
        """Let input be consumed up to ``offset``; True if that took some from the host, which may pause there."""
        size = offset - self.taken
        if size <= 0:
            return False
        self.source.advance(size)
        self.has_lines |= self.source.pauses
        self.taken = offset
        return True

    def forget(self, offset: int) -> int:
        """Throw away what is known behind ``offset``, and what the host holds; return how many bytes are known."""
        forget: Callable[[], None] | None = getattr(self.source, "forget", None)
        if forget is None and self.taken <= offset:
            return 0
        if forget is not None:
            forget()
            self.taken = len(self.data)
        return self.taken - offset


class Retrace:
    """The log of one copy: what the trace has is answered from there. See :class:`~vm.schedules.log.Log`.

    ``is_live``: the copy is where no other one was before, so that the host can be asked what the trace does not have,
    and keys can come. Raises Diverged when it is asked another question than the run before it.
    """

    is_repeating: Literal[True] = True
    known_schedule: Literal[None] = None

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.is_live = False
        self.keys_taken = 0
        self._places: dict[str, Place] = {}
        self._step: tuple[int, dict[str, Place]] = 0, {}

    def twin(self) -> Retrace:
        """Return one for a copy of the machine, which goes on where this is."""
        twin = Retrace(self.trace)
        twin._places = _twins(self._places)
        twin.keys_taken, twin.is_live = self.keys_taken, self.is_live
        return twin

    def cut(self) -> None:
        """Forget what the host has told behind this place: a new future begins."""
        self.trace.cut(self._places, self.keys_taken)

    @property
    def data(self) -> bytearray:
        """The input that is known so far."""
        return self.trace.data

    @property
    def has_lines(self) -> bool:
        """It is read line by line."""
        return self.trace.has_lines

    def ask(self, port: str, question: str, answer: Callable[[], Answer]) -> Answer:
        """Return what was answered, or ask the host. Raises OSError and MachineStopped where that was so."""
        place = self._places.get(port)
        if place is None:
            place = self._places[port] = Place()
        notes = self.trace.notes.get(port, ())
        if place.index < len(notes) and place.used == notes[place.index].times:
            place.index, place.used = place.index + 1, 0
        if place.index < len(notes):
            was = notes[place.index].question
            if was != question:
                raise Diverged(f"the {port} is asked for '{question}', and was then for '{was}'")
        else:
            self._ask_host(place, port, question, answer)
        place.used += 1
        place.count += 1
        return _result(self.trace.notes[port][place.index].answer)

    def _ask_host(self, place: Place, port: str, question: str, answer: Callable[[], Answer]) -> None:
        """Note what the host answers, and let ``place`` be before that."""
        self.trace.make_room()
        if not (self.is_live and self.trace.is_open):
            raise Diverged(f"what is known ends before the run: the {port} is asked for '{question}'")
        if self.trace.note(port, question, _answer_of(answer)):
            place.index, place.used = len(self.trace.notes[port]) - 1, 0
        else:
            place.index, place.used = place.index - 1, self.trace.notes[port][-1].times - 1
        self.trace.shown[port] = place.count + 1

    def is_to_be_shown(self, port: str) -> bool:
        """Tell whether what was just answered for an output is still to be written there, which it is once."""
        count = self._places[port].count
        if count <= self.trace.shown.get(port, 0):
            return False
        self.trace.shown[port] = count
        return True

    # --- keys, and the end of time ----------------------------------------------------------------------------------

    @property
    def next_key(self) -> Key | None:
        """The next key's signal, if it is known."""
        keys = self.trace.keys
        return keys[self.keys_taken] if self.keys_taken < len(keys) else None

    # --- steps ----------------------------------------------------------------------------------------------------

    def begin_step(self, steps: int) -> None:
        """Note how far it is, at so many steps."""
        self._step = steps, _twins(self._places)

    def take_back(self) -> int:
        """Go back to where it was then; return the number of steps."""
        steps, places = self._step
        self._places = _twins(places)
        return steps

    def check_end(self, stage: Stage) -> None:
        """Raise Diverged when a schedule's run, which nobody has changed, did not end where it was recorded to."""
        schedule = self.trace.schedule
        if schedule is not None and not self.trace.is_open and schedule.end not in (None, stage):
            raise Diverged("the run ended elsewhere than the one that was recorded")

    # --- what makes a schedule ------------------------------------------------------------------------------------

    @property
    def exchanges(self) -> dict[str, tuple[Exchange, ...]]:
        """The exchanges with each port, up to here. Raises ValueError for a run that a debugger has changed."""
        if self.trace.is_changed:
            raise ValueError("a run that a debugger has changed has no schedule: it would not repeat by it")
        made = {}
        for port, place in self._places.items():
            notes = self.trace.notes.get(port, ())[: place.index + 1]
            made[port] = tuple(
                Exchange(each.question, each.answer, each.times if number < place.index else place.used)
                for number, each in enumerate(notes)
                if number < place.index or place.used
            )
        return made

    @property
    def keys(self) -> list[Key]:
        """The keys that came up to here."""
        return self.trace.keys[: self.keys_taken]

    @property
    def time_up(self) -> TimeUp | None:
        """When the host's time was up."""
        return self.trace.time_up


def _twins(places: dict[str, Place]) -> dict[str, Place]:
    return {port: place.twin() for port, place in places.items()}


def _answer_of(answer: Callable[[], Answer]) -> Answer:
    """Ask the host; a failure is an answer, too."""
    try:
        return answer()
    except (OSError, termios.error) as error:
        number = error.errno if isinstance(error, OSError) else error.args[0]
        return Failure(number or errno.EIO)
    except MachineStopped as stopped:
        return Failure(limit=stopped.limit)


def _result(found: Answer) -> Answer:
    if not isinstance(found, Failure):
        return found
    if found.limit:
        raise MachineStopped(found.limit)
    raise OSError(found.errno, os.strerror(found.errno))
