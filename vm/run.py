"""A machine with a program, on its way from the start to the end.

What has to do with schedules is imported for a run that has one, what names states for who asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from vm import events
from vm.abi import Errno
from vm.cpu.state import PC
from vm.events import Event
from vm.kernel import boot
from vm.kernel.choice import Choice, Decision, WrongAnswer
from vm.kernel.errors import SystemCallError
from vm.kernel.files.terminal import Console
from vm.kernel.kernel import Kernel
from vm.kernel.loop import advance
from vm.kernel.pausing import A_CHOICE, THE_END, Ending, Pause, Until
from vm.kernel.process.task import REAPER, Task
from vm.memory.segments import Segment
from vm.observe.deaths.observer import DeathObserver
from vm.records import FileRecord, MemoryRecord, ProcessRecord, Result
from vm.statuses import STATUS_CANNOT_RUN, STATUS_LIMIT, STATUS_NOT_FOUND, describe_end, shell_status
from vm.text import brief, printable, shortened
from vm.values import dataclass

if TYPE_CHECKING:
    from vm.film import Film
    from vm.keeping import MemoryKeeper
    from vm.kernel.watching import Stretch
    from vm.notebook import Printer, Section
    from vm.schedules.recording import Recording
    from vm.schedules.repeating import Repetition
    from vm.schedules.retracing import Retrace
    from vm.schedules.schedule import Schedule, Stage, Subject

E = TypeVar("E", bound=Event)

EVENT_LIMIT = 100_000
"""Events a result keeps at most: the first ones."""

PART_LIMIT = 400_000
"""Costs of single segments in the events of a result, where 100 bytes of arguments are as much as one; as many
registers and segments of its processes."""

SEGMENT_RECORD_LIMIT = 1000
"""Segments told of one process: its first ones."""

Stop = int | type[Event] | type[Choice] | Until
"""What a run is advanced to: guest time, an event of a kind, the next choice, or more than one of these."""


class CannotRun(Exception):
    """The program could not be started. ``status`` is what a shell would report: 127 not found, 126 not runnable.

    It is 125 where the machine has never been compiled and cannot be.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[CannotRun], tuple[str, int]]:
        return CannotRun, (str(self), self.status)


@dataclass(frozen=True, slots=True)
class Program:
    """What a machine runs first: ``path`` in the guest with its arguments and variables; ``name`` is for people."""

    name: str
    path: bytes
    arguments: tuple[bytes, ...]
    variables: tuple[bytes, ...]

    @property
    def subject(self) -> Subject:
        """What a schedule says of it; which image it is turns out at the start."""
        from vm.schedules.schedule import Subject

        return Subject(self.path, self.arguments, self.variables)


class EventList:
    """The first events of a run, as many as are kept: until they are too many, or tell of too many segments.

    ``kept`` are they. 100 bytes that an event holds are as much as a segment.
    """

    def __init__(self, stream: events.Stream) -> None:
        self.kept: list[Event] = []
        self._parts = 0
        for kind in events.LIFECYCLE:
            stream.subscribe(kind, self._collect)
        stream.subscribe(events.Created, self._count_created)
        stream.subscribe(events.Executed, self._count_executed)
        stream.subscribe(events.Rejected, self._count_rejected)

    def twin(self, stream: events.Stream) -> EventList:
        """Go on in a copied machine: with what was kept so far, and with its ``stream``."""
        twin = EventList(stream)
        twin.kept, twin._parts = self.kept.copy(), self._parts
        return twin

    def _collect(self, event: Event) -> None:
        if self._parts < PART_LIMIT and len(self.kept) < EVENT_LIMIT:
            self.kept.append(event)

    def _count_created(self, event: events.Created) -> None:
        self._parts += len(event.costs.segments)

    def _count_executed(self, event: events.Executed) -> None:
        size = len(event.path) + sum(len(argument) + 50 for argument in event.arguments)
        self._parts += len(event.costs.segments) + size // 100

    def _count_rejected(self, event: events.Rejected) -> None:
        self._parts += (len(event.path) + len(event.reason)) // 100


class Run:
    """A machine and its program. Subscribe to events first, then :meth:`advance` it or :meth:`finish` it.

    ``kernel`` is the machine; ``deaths`` fills the report of the result.
    """

    def __init__(
        self, kernel: Kernel, program: Program, keeper: MemoryKeeper | None, log: Recording | Repetition | None = None
    ) -> None:
        self.kernel = kernel
        boot.new_program(kernel)
        self.deaths = DeathObserver(kernel)
        self._to_start: Program | None = program
        self._named = program
        self._events = EventList(kernel.events)
        self._keeper = keeper
        self._log: Recording | Repetition | Retrace | None = log
        self._subject = program.subject if log is not None else None
        self._ended: list[ProcessRecord] = []
        self._parts = 0
        self._end: events.Exited | None = None
        kernel.events.subscribe(events.Exited, self._record_exit)

    def __repr__(self) -> str:
        if self._to_start is not None:
            return f"<Run of {brief(self._to_start.name)}, not started>"
        return f"<Run of {brief(self.program.name)}, {self.kernel.retired:,} instructions so far>"

    @property
    def log(self) -> Recording | Repetition | Retrace | None:
        """What stands between the machine and its host, where something does."""
        return self._log

    @property
    def program(self) -> Task:
        """The first thread of the first program's process, as it is or was."""
        program = self.kernel.system.program
        assert program is not None
        return program.leader

    # --- going on -------------------------------------------------------------------------------------------------

    def start(self) -> Run:
        """Let the program be executed, whose first instruction comes next; return the run itself.

        Nothing happens where that was done: :meth:`advance` and :meth:`finish` do it. Raises CannotRun.
        """
        program = self._to_start
        if program is not None:
            try:
                boot.start(self.kernel, program.path, program.arguments, program.variables)
            except SystemCallError as error:
                raise self._cannot_run(program.name, error.errno) from None
            self._to_start = None
            self._note_image()
        return self

    def _note_image(self) -> None:
        """Note which program this is, and hold it against the schedule that is repeated. Raises WrongSchedule."""
        if self._log is None or self._subject is None:
            return
        from vm.schedules.repeating import Repetition
        from vm.schedules.schedule import digest_of

        image = digest_of(self.kernel.loader.image_file(self.program.process.path))
        self._subject = replace(self._subject, image=image)
        if isinstance(self._log, Repetition):
            self._log.schedule.check_image(image)

    def advance(self, until: Stop | None = None, *, pid: int | None = None, pc: int | None = None) -> Pause | Ending:
        """Go on until guest time ``until``, an event of that type, a choice (``until=Choice``), or to the end.

        With ``pid`` also until that process is about to run, with ``pc`` until it, or any process, is about to execute
        the instruction at that address. An :class:`~vm.kernel.pausing.Until` says several of these at once. Called
        again, it goes on. Raises CannotRun when the program cannot be started; for a run that repeats a schedule
        WrongSchedule, when it is another program's, and Diverged where the run goes another way.
        """
        self.start()
        if self._log is None or not self._log.is_repeating:
            return advance(self.kernel, _until(until, pid, pc))
        return self._repeat(self._log, _until(until, pid, pc))

    def _repeat(self, log: Repetition | Retrace, until: Until) -> Pause | Ending:
        from vm.schedules.schedule import Diverged

        try:
            outcome = advance(self.kernel, until)
            if isinstance(outcome, Ending):
                log.check_end(self._stage)
        except Diverged as error:
            raise Diverged(f"at clock {self.kernel.clock:,}: {error}") from None
        return outcome

    def finish(self) -> Result:
        """Go on to the end. Raises CannotRun when the program cannot be started."""
        ending = self.advance()
        assert isinstance(ending, Ending)
        self.kernel.engine.save()
        return self._result(ending)

    def film(
        self, from_: int | None = None, until: int | None = None, pids: Collection[int] = (), *,
        every: int | None = None, caption: str = "",
    ) -> Film:  # fmt: skip
        """Go on to the end and return a film of that, which shows itself in a notebook.

        It begins now, or at guest time ``from_``, and ends at guest time ``until``; with ``pids`` its moments are those
        in which these processes do something. ``every``: so many nanoseconds behind a moment there is another one,
        whatever happens. ``caption`` is a text above it. Afterwards :meth:`finish` gives the result. Raises ValueError
        for a run that has ended, or ends before ``from_``, and for times and pids that there cannot be; and what
        :meth:`advance` raises.
        """
        from vm.film import Film, Window, record
        from vm.film.heading import title_of

        window, program = Window(from_, until, tuple(pids), every), self._named
        self.start()
        if self.kernel.system.ending is not None:
            raise ValueError("the run has ended; to film it, boot another one")
        arguments = [printable(os.fsdecode(argument)) for argument in program.arguments[1:]]
        head = {"program": printable(program.name), "arguments": arguments}
        reel = record(self.kernel, self.advance, window, head=head)
        return Film(reel, title=title_of(program.name, arguments), caption=caption)

    def retrace(self) -> Retrace:
        """Start the run, and let copies of it go the same way from now on: by this log, and theirs.

        What the host tells one of them it tells the others when they come there. Choices that a schedule makes are made
        by copies, too. Raises CannotRun, WrongSchedule, and ValueError for a run that is recorded and has started.
        """
        from vm.schedules.binding import retrace

        is_recorded = self._log is not None and not self._log.is_repeating
        if self._to_start is None and is_recorded:
            raise ValueError("a run that is recorded cannot be taken back once it has started")
        if self._to_start is not None:
            self._subject = self._to_start.subject
        self.start()
        log = retrace(self.kernel, None if self._log is None else self._log.known_schedule)
        if self._log is None:
            self._log = log
            self._note_image()
        self._log = log
        return log

    def choose(self, answer: int) -> None:
        """Answer the choice at which the run has paused, or the next one: ``answer`` is an index into its options.

        Raises WrongAnswer, a ValueError, for one that it does not have.
        """
        decisions = self.kernel.system.decisions
        if decisions.open is not None and not 0 <= answer < len(decisions.open.options):
            raise WrongAnswer(f"answer {answer} to a choice of {len(decisions.open.options)} options")
        decisions.answers.append(answer)

    def number(self, plan: Mapping[tuple[int, ...], int]) -> None:
        """Let processes and threads that are still to be made have these numbers, whatever order they are made in.

        They are named by descent: the first program is (1,), what its second fork or clone made (1, 2). All others get
        the next number that is in no plan. Numbers are from 3 to 4,194,303, and a plan adds to those before it. Raises
        ValueError for a number that is or will be another's, and for what has another number already.
        """
        self.kernel.processes.numbers.add(plan)

    def hold(self, threads: Collection[int]) -> None:
        """Let these threads, and no others, not run until they are let go; what wakes them wakes them all the same.

        Where nobody else can run, :meth:`advance` returns a pause: "held".
        """
        for task in self.kernel.processes.threads:
            task.is_held = task.tid in threads

    @property
    def numbers(self) -> dict[tuple[int, ...], int]:
        """The number that each process and thread was given so far, by descent, those that have ended too.

        It tells of the first 100,000, and of all in a plan; of fewer where they are of thousands of generations.
        Descent (0,) is the machine's own process.
        """
        return self.kernel.processes.numbers.made.copy()

    def watch_words(self, addresses: Iterable[int]) -> None:
        """Watch the words of memory at these addresses, and no others, in every address space.

        Before a thread accesses one of their bytes while others are ready, it is a choice (PREEMPT) whether they run
        first; and each access is told as ``events.Accessed``. While words are watched threads are interpreted, whatever
        the engine. Raises ValueError for what is no address, for more than 1,048,576 of them, and for a run that
        repeats a schedule, or that is recorded and has started.
        """
        if self._log is not None and (self._log.is_repeating or self._to_start is None):
            raise ValueError("a run that is recorded watches the same words from its start to its end")
        self.kernel.watch().set_words(addresses)

    def log_accesses(self, wanted: bool = True) -> None:
        """Log from now on, or do not any more, which words of memory that others may share each thread accesses.

        Those are in memory that is mapped to be shared, System V's too, and in all that is writable where two threads
        or more can run in one address space. :meth:`take_accesses` tells. Threads are interpreted in the meantime,
        whatever the engine.
        """
        self.kernel.watch().logs = wanted

    def take_accesses(self) -> list[Stretch]:
        """Return what was logged since the last time, in order, and forget it.

        It is at most 1,000,000 words; what had no room is missing where a stretch is not ``is_whole``.
        """
        watch = self.kernel.system.watch
        return [] if watch is None else watch.take()

    @property
    def choices(self) -> tuple[Decision, ...]:
        """What was decided otherwise than the machine decides by itself, in order.

        All choices, the machine's own too, are events of type ``events.Decided``.
        """
        return tuple(self.kernel.system.decisions.deviations)

    @property
    def _stage(self) -> Stage:
        from vm.schedules.schedule import Stage

        return Stage(self.kernel.clock, self.kernel.retired, self.kernel.system.decisions.made)

    def schedule(self) -> Schedule:
        """Return what makes this run repeat, as far as it has come.

        Raises ValueError if it is not recorded, and if a debugger has changed it.
        """
        if self._log is None or self._subject is None:
            raise ValueError("the run is not recorded: boot(..., record=True) does that")
        if self._log.known_schedule is not None:
            return self._log.known_schedule
        from vm.schedules.ports import streams_of
        from vm.schedules.schedule import Schedule, settings_of

        system, log = self.kernel.system, self._log
        return Schedule(
            self._subject, settings_of(self.kernel.settings), streams_of(system.console), log.has_lines,
            system.console.input.is_live, bytes(log.data), log.exchanges, tuple(log.keys), log.time_up, self.choices,
            self._stage if system.ending is not None else None, system.processes.numbers.plan.copy(),
            () if system.watch is None else tuple(system.watch.words.tolist()),
        )  # fmt: skip

    # --- asking ---------------------------------------------------------------------------------------------------

    def subscribe(self, kind: type[E], listener: Callable[[E], Any]) -> None:
        """Call ``listener`` with each event of type ``kind`` from now on; before the start, with the first exec too."""
        self.kernel.events.subscribe(kind, listener)

    def unsubscribe(self, kind: type[E], listener: Callable[[E], Any]) -> None:
        """Do not call ``listener`` with these events any more. Raises ValueError when it was not subscribed."""
        self.kernel.events.unsubscribe(kind, listener)

    @property
    def warnings(self) -> list[events.Warned]:
        """What was said of sources so far."""
        return [event for event in self._events.kept if isinstance(event, events.Warned)]

    def digest(self, *, clock: bool = True) -> str:
        """Return a name of the present state: 32 hexadecimal digits, the same for machines that go on alike.

        It does not depend on the engine, nor on numbers of frames and inodes, nor on what was written out of the
        machine. Without ``clock`` it does not depend on guest time either.
        """
        from vm.kernel.digest import digest

        return digest(self.kernel.system, clock=clock)

    def copy(self, console: Console | None = None) -> Run:
        """Make a second run in this state, which goes its own way.

        It has this run's events and output so far, and no listeners. With a ``console`` it reads and writes there. Else
        its output is captured, and its input goes on where this run's is; of what no bytes and no file give, it has
        what this run has read and not consumed. A run that repeats a schedule has copies that do so, too, unless they
        have a console of their own; none is recorded. Choices are made as always, whatever chooser this run has.
        Raises Midway, a RuntimeError, in a listener.
        """
        twin = Run.__new__(Run)
        twin._log, twin._subject = None, self._subject
        if self._log is not None and self._log.is_repeating and console is None:
            from vm.schedules.binding import copy_repeating

            twin.kernel, twin._log = copy_repeating(self.kernel, self._log)
        else:
            twin.kernel = self.kernel.copy(console)
        twin.deaths = self.deaths.twin(twin.kernel)
        twin._to_start, twin._named = self._to_start, self._named
        twin._events = self._events.twin(twin.kernel.events)
        twin._keeper = self._keeper.twin() if self._keeper is not None else None
        twin._ended, twin._parts, twin._end = self._ended.copy(), self._parts, self._end
        twin.kernel.events.subscribe(events.Exited, twin._record_exit)
        return twin

    # --- shown by notebooks ---------------------------------------------------------------------------------------

    def _sections(self) -> Iterator[Section]:
        from vm import notebook
        from vm.observe.family import Family

        kernel, told = self.kernel, self._events.kept
        if self._to_start is not None:
            yield notebook.headline(shortened(printable(self._to_start.name)), "not started")
            return
        yield notebook.headline(notebook.program_words(told), self._present_words(), notebook.size_words(kernel))
        for name, sink in (("output", kernel.console.output), ("errors", kernel.console.errors)):
            yield from notebook.written(name, bytes(getattr(sink, "data", b"")))
        family = Family(self.program.pid, "", 0, lambda: kernel.clock, lambda pid: notebook.present_state(kernel, pid))
        yield notebook.tree(family.read(told))
        yield from notebook.threads(kernel)
        yield from notebook.costs(told)

    def _present_words(self) -> str:
        from vm import notebook

        ending, end = self.kernel.system.ending, self._end
        exit_code, signal = (end.exit_code, end.signal) if end is not None else (None, None)
        if ending is not None:
            return notebook.end_words(exit_code, signal, *_status(ending, end))
        own = f"; its first process has ended: {describe_end(exit_code, signal)}" if end is not None else ""
        return f"at {self.kernel.clock:,} ns{own}"

    def _repr_html_(self) -> str:
        from vm import notebook

        return notebook.html(self._sections())

    def _repr_pretty_(self, printer: Printer, is_cycle: bool) -> None:
        from vm import notebook

        notebook.pretty(self, printer, self._sections)

    # --- the result -----------------------------------------------------------------------------------------------

    def _record_exit(self, event: events.Exited) -> None:
        if event.pid == self.program.pid and self._end is None:
            self._end = event
        if len(self._ended) < EVENT_LIMIT:
            record = self._record(self.kernel.processes[event.pid].leader, event, self._parts < PART_LIMIT)
            self._ended.append(record)
            self._parts += 32 + len(record.segments)

    def _record(self, task: Task, end: events.Exited | None, in_full: bool = True) -> ProcessRecord:
        pages = self._keeper.take(task) if self._keeper is not None and in_full else None
        return _record(task, end, pages, in_full)

    def _result(self, ending: Ending) -> Result:
        kernel, (status, message) = self.kernel, _status(ending, self._end)
        exit_code, signal = (self._end.exit_code, self._end.signal) if self._end is not None else (None, None)
        living = [process for process in kernel.processes if process.pid != REAPER and not process.is_zombie]
        records = [*self._ended, *(self._record(process.leader, None) for process in living)]
        output, errors = (getattr(sink, "data", b"") for sink in (kernel.console.output, kernel.console.errors))
        memory = kernel.memory
        return Result(
            status, message, exit_code, signal, bytes(output), bytes(errors), kernel.retired, tuple(self._events.kept),
            tuple(sorted(records, key=lambda record: record.pid)),
            MemoryRecord(memory.count, memory.used, memory.committed, memory.peak),
            self._files_written(), self.deaths.report,
        )  # fmt: skip

    def _files_written(self) -> dict[str, FileRecord]:
        if self._keeper is None:
            return {}
        from vm.keeping import files_written

        return files_written(self.kernel)

    def _cannot_run(self, name: str, errno: Errno) -> CannotRun:
        reasons = [event.reason for event in self._events.kept if isinstance(event, events.Rejected)]
        if reasons:
            return CannotRun(f"{name}: {reasons[-1]}", STATUS_CANNOT_RUN)
        if errno in (Errno.ENOENT, Errno.ENOTDIR):
            return CannotRun(f"{name}: no such file in the guest's root", STATUS_NOT_FOUND)
        return CannotRun(f"{name}: {os.strerror(errno)} ({errno.name})", STATUS_CANNOT_RUN)


def _until(stop: Stop | None, pid: int | None, pc: int | None) -> Until:
    if isinstance(stop, Until):
        return stop
    if stop is None:
        return THE_END if pid is None and pc is None else Until(pid=pid, pc=pc)
    if isinstance(stop, int):
        return Until(clock=stop, pid=pid, pc=pc)
    if stop is Choice:
        return Until(choices=True, pid=pid, pc=pc) if pid is not None or pc is not None else A_CHOICE
    if not (isinstance(stop, type) and issubclass(stop, Event)):
        raise TypeError(f"a run is advanced to a time, a type of event, Choice or an Until, not {stop!r}")
    return Until(events=(stop,), pid=pid, pc=pc)


def _record(task: Task, end: events.Exited | None, pages: Mapping[int, bytes] | None, in_full: bool) -> ProcessRecord:
    process, space = task.process, task.process.space
    segments: list[Segment] = space.segments if space is not None and in_full else []
    if len(segments) > SEGMENT_RECORD_LIMIT:
        segments = segments[:SEGMENT_RECORD_LIMIT]
    exit_code, signal = (end.exit_code, end.signal) if end is not None else (None, None)
    state = "ended" if end is not None else process.state.value
    registers = task.context.tolist()
    return ProcessRecord(
        process.pid, process.parent, task.name, state, exit_code, signal, process.retired, registers[PC],
        tuple(registers[:32] if in_full else []),
        tuple([(segment.name, segment.start, segment.end, str(segment.protection)) for segment in segments]),
        pages,
    )  # fmt: skip


def _status(ending: Ending, end: events.Exited | None) -> tuple[int, str]:
    """What a shell would show of a run whose program has had this ``end``, and why the machine ended it, if it did."""
    message = describe_ending(ending)
    exit_code, signal = (end.exit_code, end.signal) if end is not None else (None, None)
    return STATUS_LIMIT if message else shell_status(exit_code, signal) or 0, message


def describe_ending(ending: Ending) -> str:
    """Why the machine ended a run, in a line a thread; empty when the processes did themselves."""
    if ending.limit:
        return f"the {ending.limit} was reached"
    if ending.waits:
        lines = [
            f"  pid {pid}{f', thread {tid}' if tid != pid else ''} waits for {printable(why)}"
            for pid, tid, why in ending.waits
        ]
        return "\n".join(["every process is blocked for ever", *lines])
    return ""
