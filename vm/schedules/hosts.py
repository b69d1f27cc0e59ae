"""The host of a machine that is recorded, and what a machine that repeats a run has in its place."""

from __future__ import annotations

from vm.kernel.clock import Clock
from vm.kernel.errors import MachineStopped
from vm.kernel.files.terminal import Console
from vm.kernel.host import SLICE, Host
from vm.kernel.process.timers import NEVER
from vm.schedules.recording import Recording
from vm.schedules.repeating import Repetition
from vm.schedules.retracing import Retrace
from vm.schedules.schedule import Answer, Diverged, Key, TimeUp

HOST = "host"
"""The name of the port by which answers are kept."""


class Looks:
    """Counts the looks at the host's clock at one moment of a run."""

    def __init__(self) -> None:
        self._moment = (0, 0)
        self._count = 0

    def count(self, clock: int, steps: int) -> int:
        """Count one more; return its number at this moment, from 1."""
        if (clock, steps) != self._moment:
            self._moment, self._count = (clock, steps), 0
        self._count += 1
        return self._count


class RecordedHost(Host):
    """The host's clock and keys; what they say, and when, is noted in a recording."""

    def __init__(self, log: Recording, seconds: float | None, console: Console, clock: Clock) -> None:
        super().__init__(seconds, console)
        self._log = log
        self._clock = clock
        self._looks = Looks()

    def check_time(self) -> None:
        """Raise MachineStopped when the time is up."""
        looks = self._looks.count(self._clock.now, self.steps)
        try:
            super().check_time()
        except MachineStopped:
            self._log.note_time_up(self._clock.now, self.steps, looks)
            raise

    def take_signal(self) -> int:
        """Return the signal that came first. Raises MachineStopped when no more can be recorded."""
        signal = super().take_signal()
        self._log.note_key(self._clock.now, self.steps, signal)
        return signal

    def begin_step(self) -> None:
        """Note where the recording is."""
        self._log.begin_step(self.steps)

    def take_back(self) -> None:
        """What was asked in the present step is asked again."""
        self.steps = self._log.take_back()

    def wait_for_input(self, seconds: float | None, idle: int | None) -> int:
        """Wait until something is typed; return the nanoseconds that it took."""
        return _number(self._log.ask(HOST, "wait", lambda: super(RecordedHost, self).wait_for_input(seconds, idle)))

    def sleep(self, nanoseconds: int) -> int:
        """Sleep; return the nanoseconds that it took."""
        return _number(self._log.ask(HOST, "sleep", lambda: super(RecordedHost, self).sleep(nanoseconds)))

    @property
    def has_keys(self) -> bool:
        """Whether the machine runs at a terminal whose keys send signals."""
        return bool(self._log.ask(HOST, "keys", lambda: self.keys is not None))

    def wait_for_key(self) -> None:
        """Wait for a key."""
        self._log.ask(HOST, "key", super().wait_for_key)

    def stop_machine(self) -> None:
        """Stop as a program is stopped."""
        self._log.ask(HOST, "stop", super().stop_machine)


class RepeatedHost(Host):
    """Says what was said to the run that is repeated, at the same moments. The host's own time is without limit."""

    def __init__(self, log: Repetition, seconds: float | None, console: Console, clock: Clock) -> None:
        super().__init__(seconds, console)
        super().allow(None)
        self.is_timed = True
        self._log = log
        self._clock = clock
        self._limit = seconds
        self._looks = Looks()
        self._look_ahead()

    def repeated_by(self, log: Repetition, console: Console, clock: Clock) -> RepeatedHost:
        """Return the host of a copy that repeats what this does, by a log of its own."""
        twin = RepeatedHost(log, self._limit, console, clock)
        twin.steps = self.steps
        twin.signals = self.signals.copy()
        twin._looks._moment, twin._looks._count = self._looks._moment, self._looks._count
        return twin

    def allow(self, seconds: float | None) -> None:
        """Nothing of the host's clock is used."""

    def check_time(self) -> None:
        """Raise MachineStopped where the time was up, and let the keys come that came at this moment.

        Raises Diverged when such a moment has passed unmet.
        """
        now = self._clock.now, self.steps
        looks = self._looks.count(*now)
        while (key := self._log.next_key) is not None and (key.clock, key.steps) <= now:
            if key.clock < now[0]:
                raise Diverged(f"a key came at clock {key.clock:,}, and this run was not asked then")
            self.signals.append(key.signal)
            self._log.take_key()
        self._look_ahead()
        end = self._log.schedule.time_up
        if end is not None and (*now, looks) >= (end.clock, end.steps, end.looks):
            raise MachineStopped(f"time limit of {self._limit or 0:g} s")

    def _look_ahead(self) -> None:
        key, end = self._log.next_key, self._log.schedule.time_up
        moments = [each.clock for each in (key, end) if each is not None]
        self.moment = min(moments, default=NEVER)

    def begin_step(self) -> None:
        """Note where the repetition is."""
        self._log.begin_step(self.steps)

    def take_back(self) -> None:
        """What was answered in the present step is answered again."""
        self.steps = self._log.take_back()

    def wait_for_input(self, seconds: float | None, idle: int | None) -> int:
        """Return the nanoseconds that it took until something was typed."""
        return _number(self._log.ask(HOST, "wait", _nobody))

    def sleep(self, nanoseconds: int) -> int:
        """Return the nanoseconds that a sleep took."""
        return _number(self._log.ask(HOST, "sleep", _nobody))

    @property
    def has_keys(self) -> bool:
        """Whether the machine ran at a terminal whose keys sent signals."""
        return bool(self._log.ask(HOST, "keys", _nobody))

    def wait_for_key(self) -> None:
        """Go on: it came."""
        self._log.ask(HOST, "key", _nobody)

    def stop_machine(self) -> None:
        """Go on: that was then."""
        self._log.ask(HOST, "stop", _nobody)


class RetracedHost(Host):
    """The host of a machine that can be taken back: what it said is said again, at the same moments.

    Where the machine is what no copy was before, the host's clock and keys are asked, and what they say is noted.
    """

    def __init__(self, log: Retrace, seconds: float | None, console: Console, clock: Clock) -> None:
        super().__init__(seconds, console)
        self._log = log
        self._clock = clock
        self._looks = Looks()

    def retraced_by(self, log: Retrace, console: Console, clock: Clock) -> RetracedHost:
        """Return the host of a copy that goes on where this is, by a log of its own."""
        twin = RetracedHost(log, self._seconds, console, clock)
        twin.keys, twin.steps, twin.signals = self.keys, self.steps, self.signals.copy()
        twin._looks._moment, twin._looks._count = self._looks._moment, self._looks._count
        return twin

    def start_clock(self) -> None:
        """Time counts where nobody was before."""
        trace = self._log.trace
        super().allow(trace.left if self._log.is_live and trace.is_open else None)
        trace.hurry = self._hurry
        super().start_clock()
        self._look_ahead()

    def stop_clock(self) -> None:
        """Time that passes from now on is not the machine's."""
        was_counting = self._deadline is not None
        super().stop_clock()
        if was_counting:
            self._log.trace.left = self.left

    def arrive(self, signal: int) -> None:
        """Take a signal from a key once the machine is where nobody was before."""
        self._log.trace.arrived.append(signal)
        self.is_timed = True

    def _hurry(self) -> None:
        self.is_timed = True

    @property
    def has_arrived(self) -> bool:
        """Whether a signal waits that has come from a key."""
        return bool(self.signals or self._log.trace.arrived)

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody wants the machine to pause, who has to be asked."""
        return self._log.trace.is_interrupted()

    def check_time(self) -> None:
        """Raise MachineStopped where the time is or was up, and let the keys come that came, or come, at this moment.

        Raises Diverged when such a moment has passed unmet.
        """
        now, log, trace = (self._clock.now, self.steps), self._log, self._log.trace
        looks = self._looks.count(*now)
        while (key := log.next_key) is not None and (key.clock, key.steps) <= now:
            if key.clock < now[0]:
                raise Diverged(f"a key came at clock {key.clock:,}, and this run was not asked then")
            self.signals.append(key.signal)
            log.keys_taken += 1
        end = trace.time_up
        if end is not None and (*now, looks) >= (end.clock, end.steps, end.looks):
            raise MachineStopped(f"time limit of {self._seconds or 0:g} s")
        if log.is_live and log.next_key is None:
            self._hear(looks)
        self._look_ahead()

    def _hear(self, looks: int) -> None:
        """Note what the host says."""
        now, log, trace = self._clock.now, self._log, self._log.trace
        while trace.arrived:
            trace.note_key(Key(now, self.steps, trace.arrived[0]))
            log.keys_taken += 1
            self.signals.append(trace.arrived.pop(0))
        try:
            super().check_time()
        except MachineStopped:
            trace.time_up = TimeUp(now, self.steps, looks)
            raise

    def _look_ahead(self) -> None:
        key, trace = self._log.next_key, self._log.trace
        moments = [each.clock for each in (key, trace.time_up) if each is not None]
        self.moment = min(moments, default=NEVER)
        has_come = self._log.is_live and trace.arrived
        self.is_timed = bool(moments or has_come or self._deadline is not None)

    def begin_step(self) -> None:
        """Note where the copy is."""
        self._log.begin_step(self.steps)

    def take_back(self) -> None:
        """What was asked in the present step is asked again."""
        self.steps = self._log.take_back()

    def wait_for_input(self, seconds: float | None, idle: int | None) -> int:
        """Wait until something is typed; return the nanoseconds that it took."""
        return _number(self._log.ask(HOST, "wait", lambda: super(RetracedHost, self).wait_for_input(seconds, idle)))

    def sleep(self, nanoseconds: int) -> int:
        """Sleep; return the nanoseconds that it took."""
        return _number(self._log.ask(HOST, "sleep", lambda: super(RetracedHost, self).sleep(nanoseconds)))

    @property
    def has_keys(self) -> bool:
        """Whether the machine runs at a terminal whose keys send signals."""
        return bool(self._log.ask(HOST, "keys", lambda: self.keys is not None))

    def wait_for_key(self) -> None:
        """Wait for a key, or until somebody interrupts."""
        self._log.ask(HOST, "key", self._wait_for_key)

    def _wait_for_key(self) -> None:
        assert self.keys is not None, "nobody has keys"
        while not self.has_arrived and not self.is_interrupted and self.left != 0:
            self.keys.wait(SLICE if self.left is None else min(self.left, SLICE))

    def stop_machine(self) -> None:
        """Stop as a program is stopped."""
        self._log.ask(HOST, "stop", super().stop_machine)


def _nobody() -> Answer:
    raise AssertionError("there is no host")


def _number(answer: Answer) -> int:
    assert isinstance(answer, int), f"{answer!r} is no number"
    return answer
