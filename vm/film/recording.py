"""Recording a run: it is stopped behind each thing that happens, and looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from vm import events
from vm.events import Event
from vm.film.details import Details, Room
from vm.film.frames import CAUSES, USES, Uses
from vm.film.heading import told_settings
from vm.film.lives import ARROWS, STATES, Lives
from vm.film.log import STREAMS, Log, concerned
from vm.film.reel import Reel, Table, Texts
from vm.film.telling import FILMED, FREQUENT, KINDS, SELDOM
from vm.film.weight import Weight
from vm.film.window import Window
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.process.timers import NEVER
from vm.values import dataclass
from vm.version import VERSION

Advance = Callable[[Until], Pause | Ending]
"""What lets a run go on, as :meth:`vm.run.Run.advance` does."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a run is kept: ``details`` of the first moments, and ``output`` bytes that the guest wrote or read.

    After so many ``events``, or ``packed`` bytes of a page, single calls, turns, waits and transfers are kept no more;
    after ``all_events``, ``all_packed`` bytes or so many ``uses`` of frames the film ends.
    """

    details: Room = field(default_factory=Room)
    events: int = 1_200_000
    all_events: int = 1_500_000
    output: int = 1 << 20
    packed: int = 3_300_000
    all_packed: int = 3_500_000
    uses: int = 2_000_000

    def among(self, films: int) -> Limits:
        """Return what each of so many films may have that are one page."""
        room = self.details
        return Limits(
            Room(room.moments // films, room.changed // films, room.packed // films),
            self.events // films, self.all_events // films, self.output // films, self.packed // films,
            self.all_packed // films, self.uses // films,
        )  # fmt: skip


MOST_WAITING = 10_000
"""Events that wait for the next moment at most."""
WHOLE = Window()
USUAL = Limits()


def record(
    kernel: Kernel,
    advance: Advance,
    window: Window = WHOLE,
    *,
    limits: Limits = USUAL,
    head: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] = lambda moments: None,
) -> Reel:
    """Let a run that has started go on to its end by ``advance``, and return what a film of it shows.

    ``kernel`` is its machine. ``head`` is what the page is to say besides: "title", "caption", "program", "arguments",
    "settings". ``progress`` is called with the number of moments now and then. Behind the end of the window the run
    goes on to its end all the same. Raises ValueError when it has ended before the window, and what ``advance`` raises.
    """
    if window.start is not None and isinstance(advance(Until(clock=window.start)), Ending):
        raise ValueError(f"the run has ended at clock {kernel.clock:,}, before the film begins")
    recorder = Recorder(kernel, window, limits)
    if kernel.system.meter.written:
        recorder.leave_out(f"what was written before clock {kernel.clock:,}")
    recorder.run(advance, progress)
    return recorder.reel(head or {})


class Recorder:
    """Looks at ``kernel`` whenever it stands still, and keeps what a film needs."""

    def __init__(self, kernel: Kernel, window: Window, limits: Limits) -> None:
        self._kernel, self._window, self._limits = kernel, window, limits
        self._texts = texts = Texts()
        self._lives, self._uses = Lives(kernel, texts), Uses(kernel, texts, is_beginning=not kernel.retired)
        self._log = Log(kernel, self._lives, texts, window.pids, limits.output)
        self._details = Details(kernel, self._lives, self._uses, texts, limits.details)
        self._moments = Table("clock", "steps")
        self._weight = self._weighed()
        self._left_out: list[str] = []
        self._pending: list[Event] = []
        self._told: list[Event] = []
        self._before: list[Event] = []
        self._last: Moment | None = None
        self._ran: set[int] = set()
        self._is_coarse = False
        self._every = window.every

    def _weighed(self) -> Weight:
        lives, uses, details = self._lives, self._uses, self._details
        contents, threads = details.contents, details.threads
        tables = (
            self._moments, lives.states, lives.names, lives.spaces, lives.arrows, uses.table, uses.kept, uses.segments,
            contents.flags, contents.table, threads.registers, threads.standing, self._log.events, self._log.streams,
        )  # fmt: skip
        return Weight(tables, self._texts, self._log.written)

    def leave_out(self, text: str) -> None:
        """Say of the film that it does not have this."""
        self._left_out.append(text)

    # --- the run --------------------------------------------------------------------------------------------------

    def run(self, advance: Advance, progress: Callable[[int], None]) -> None:
        """Let the run go on to its end, and look at it up to the end of the window."""
        kernel, stream = self._kernel, self._kernel.events
        self._lives.begin()
        for kind in FILMED:
            stream.subscribe(kind, self._pending.append)
        kernel.tell_memory()
        self._look()
        ending: Pause | Ending | None = None
        while not self._is_over(ending):
            ending = advance(Until(clock=self._until(), told=self._pending))
            self._look()
            self._weight.weigh(len(self._log.events) + len(self._uses))
            if not self._is_coarse and (reason := self._coarse_reason()):
                self._coarsen(reason)
            if len(self._moments) % 1000 == 0:
                progress(len(self._moments))
        if not isinstance(ending, Ending):
            kernel.tell_memory()  # else it were told at the next step
            self._look()
        for kind in FILMED if not self._is_coarse else SELDOM:
            stream.unsubscribe(kind, self._pending.append)
        self._log.shorten()
        if not isinstance(ending, Ending):
            self._leave_out_the_rest(advance)
        self._uses.finish()

    @property
    def _packed(self) -> int:
        """About how many bytes of a page what there is will take."""
        return self._weight.bytes + self._details.contents.packed

    def _coarse_reason(self) -> str:
        """Why single calls are kept no more; empty while they are."""
        limits = self._limits
        if len(self._log.events) >= limits.events:
            return f"a film has {limits.events:,} of these"
        return "the page is large enough" if self._packed >= limits.packed else ""

    def _end_reason(self) -> str:
        """Why nothing more is kept; empty while anything is."""
        limits = self._limits
        if len(self._log.events) >= limits.all_events:
            return f"a film has {limits.all_events:,} events"
        if len(self._uses) >= limits.uses:
            return f"a film has {limits.uses:,} uses of frames"
        return "the page is large enough" if self._packed >= limits.all_packed else ""

    def _coarsen(self, reason: str) -> None:
        """Keep only what changes processes and memory, and how things stand then."""
        for kind in FREQUENT:
            self._kernel.events.unsubscribe(kind, self._pending.append)
        self._log.shorten()
        self._is_coarse = True
        self._left_out.append(
            f"from clock {self._kernel.clock:,} on single calls, turns, waits and transfers, and so what threads did "
            f"between two moments: {reason}"
        )

    def _until(self) -> int:
        end = NEVER if self._window.end is None else self._window.end + 1
        running, pids = self._kernel.running, self._window.pids
        is_other = pids and (running is None or running.pid not in pids)
        return end if self._every is None or is_other else min(end, self._kernel.clock + self._every)

    def _is_over(self, ending: Pause | Ending | None) -> bool:
        end = self._window.end
        return isinstance(ending, Ending) or self._end_reason() != "" or (
            end is not None and ending is not None and self._kernel.clock > end
        )  # fmt: skip

    def _leave_out_the_rest(self, advance: Advance) -> None:
        clock = self._kernel.clock
        if reason := self._end_reason():
            self._left_out.append(f"all from clock {clock:,} on: {reason}")
        while not isinstance(advance(Until()), Ending):
            pass

    # --- a moment -------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Add a moment, or to the one before where nothing has gone on since."""
        kernel, told = self._kernel, self._told
        told += self._pending
        self._pending.clear()
        running = kernel.running
        if running is not None:
            self._ran.add(running.tid)
        moment = Moment(kernel.clock, kernel.moment.steps)
        is_same = moment == self._last and len(self._moments) > 0
        if not is_same and len(self._moments) > 0 and not self._concerns(told):
            if len(told) >= MOST_WAITING:
                self._take(told, [], len(self._moments))  # as if the next moment had come
                told.clear()
            return
        if not is_same:
            self._moments.add(*moment)
            self._last = moment
        number = len(self._moments) - 1
        self._take(told, self._before if is_same else [], number)
        self._before = [*self._before, *told] if is_same else told
        self._told = []
        self._ran = {running.tid} if running is not None else set()

    def _concerns(self, told: list[Event]) -> bool:
        """Tell whether what was told makes a moment of the film, or that time has passed."""
        pids, running = set(self._window.pids), self._kernel.running
        if not pids:
            return bool(told) or self._every is not None
        is_running = self._every is not None and running is not None and running.pid in pids
        return is_running or any(concerned(event) & pids for event in told)

    def _take(self, told: list[Event], before: list[Event], moment: int) -> None:
        lives, uses = self._lives, self._uses
        kinds = set(map(type, told))
        for event in told:
            lives.born(event, moment)
        running = self._kernel.running
        by = lives.life(running.tid) if running is not None else -1
        gained = []
        if kinds & _OF_MEMORY:
            uses.map(told, moment)
            gained = uses.note(told, before, moment, by)
        self._log.note(told, moment)
        lives.point(told, moment)
        for event in told:
            lives.died(event, moment)
        tids = {tid for event in told for tid in concerned(event)} | self._ran
        lives.look(moment, lives.everybody() if self._is_coarse or kinds & _OF_MANY else sorted(tids), uses.space_of)
        if not self._details.look(tids, gained, moment):
            self._log.shorten()
            self._end_every()

    def _end_every(self) -> None:
        """Have no more moments at which nothing happens: what they are for, details, is kept no more."""
        if self._every is not None:
            self._left_out.append(f"from clock {self._kernel.clock:,} on moments every {self._every:,} ns")
            self._every = None

    # --- what was recorded ----------------------------------------------------------------------------------------

    def reel(self, head: Mapping[str, Any]) -> Reel:
        """Return what was recorded."""
        lives, uses, log = self._lives, self._uses, self._log
        contents, threads = self._details.contents, self._details.threads
        table = Table("tid", "pid", "parent", "how", "born", "gone")
        for life in lives.all:
            table.add(life.tid, life.pid, life.parent, self._texts.number(life.how), life.born, life.gone)
        tables = {
            "moments": (self._moments, ()),
            "lives": (table, ()),
            "states": (lives.states, ("life", "moment")),
            "names": (lives.names, ("life", "moment")),
            "inside": (lives.spaces, ("life", "moment")),
            "arrows": (lives.arrows, ("moment",)),
            "uses": (uses.table, ("frame", "from", "use", "space", "address")),
            "kept": (uses.kept, ("frame", "moment")),
            "segments": (uses.segments, ("space", "start", "from")),
            "flags": (contents.flags, ("space", "address", "moment")),
            "contents": (contents.table, ("frame", "moment", "what", "offset")),
            "registers": (threads.registers, ("life", "register", "moment")),
            "standing": (threads.standing, ("life", "moment")),
            "places": (threads.places, ()),
            "events": (log.events, ()),
            "streams": (log.streams, ()),
        }
        known = {
            "title": "", "caption": "", "program": "", "arguments": [], "version": VERSION,
            "settings": told_settings(self._kernel.settings), "outcome": log.outcome, "window": self._window_text(),
            "leftOut": [*self._details.left_out, *log.left_out, *self._left_out, *self._left_out_of_others()],
            "frames": self._kernel.memory.count, "details": self._details.until, "written": len(contents.data),
            "sources": threads.sources, **_NAMES,
        }  # fmt: skip
        return Reel(
            known | dict(head),
            {name: each.rows(*order) for name, (each, order) in tables.items()},
            {name: each.columns for name, (each, _) in tables.items()},
            tuple(self._texts.all()),
            bytes(contents.data + log.written),
        )

    def _window_text(self) -> dict[str, Any] | None:
        window = self._window
        return None if window.is_whole else {"from": window.start, "until": window.end, "pids": list(window.pids)}

    def _left_out_of_others(self) -> list[str]:
        if not self._log.others:
            return []
        pids = ", ".join(map(str, self._window.pids))
        return [f"{self._log.others:,} events that concern other processes than {pids}"]


_OF_MEMORY: set[type[Event]] = {
    events.FramesChanged, events.PageFault, events.Mapped, events.Unmapped, events.Protected,
}  # fmt: skip
"""Events that tell of frames and segments."""
_NAMES = {
    "states": STATES, "arrows": ARROWS, "uses": USES, "causes": CAUSES, "kinds": KINDS, "streams": STREAMS,
}  # fmt: skip
"""What the numbers in a reel's columns stand for."""
_OF_MANY: set[type[Event]] = {
    events.Exited, events.Executed, events.Stopped, events.Continued, events.ThreadExited, events.ThreadLeads,
    events.Reaped, events.Resumed,
}  # fmt: skip
"""Events that may change what other threads do than those that they name."""
