"""The tracks of processes and threads, with what lasts on them: programs, states, and amounts of memory."""

from __future__ import annotations

from collections.abc import Sequence

from vm import events
from vm.observe.perfetto.living import Doing, Living, Process, Thread
from vm.observe.perfetto.memory import Amount, Memory
from vm.observe.perfetto.packets import NO_NOTES, Notes, Packets
from vm.values import dataclass

MACHINE = "machine"


@dataclass(slots=True, eq=False)
class ThreadTracks:
    """``own`` has the calls of a thread and what happens at once, ``states`` its states: ``shown`` is not over."""

    own: int
    states: int
    shown: Doing | None = None


@dataclass(slots=True, eq=False)
class ProcessTracks:
    """``own`` has the programs of a process: ``name`` is that of the present one. The others are counters.

    ``is_running``: the slice of a program is not over. ``amount`` is what the counters show.
    """

    own: int
    private: int
    shared: int
    name: str = ""
    is_running: bool = False
    amount: Amount | None = None


class Stage:
    """Shows on tracks who is there, what each thread does, and how much memory each process has.

    Time never goes back: what follows a blocked call, whose instruction is taken back, is told at the moment of that
    call. What lasted no time is not shown.
    """

    def __init__(self, packets: Packets) -> None:
        self.packets = packets
        self.living = Living()
        self._memory = Memory()
        self._threads: dict[Thread, ThreadTracks] = {}
        self._processes: dict[Process, ProcessTracks] = {}
        self._changed: dict[Thread, None] = {}
        self._frames: int | None = None
        self._is_settled = False
        self.machine, self._in_use = packets.new_track(), packets.new_track()
        packets.describe_track(self.machine, MACHINE)
        packets.describe_counter(self._in_use, "frames in use", is_bytes=False)

    # --- time -------------------------------------------------------------------------------------------------------

    def go_on_to(self, clock: int) -> None:
        """Let it be ``clock``, unless it is later already."""
        if clock > self.packets.now:
            if not self._is_settled:
                self._settle()
            self.living.go_on()
            self.packets.now = clock

    def hear(self, event: events.Event) -> None:
        """Take what an event says of threads and of memory."""
        self._is_settled = False
        self._memory.hear(event)
        for thread in self.living.hear(event):
            self._changed[thread] = None

    def close(self) -> None:
        """End, at the present moment, all that has not ended."""
        self._settle()
        for tracks in self._threads.values():
            if tracks.shown is not None:
                self.packets.end(tracks.states)
        for process in self._processes:
            self.end_program(process)

    def _settle(self) -> None:
        """Show how this moment leaves all that has changed."""
        for thread in self._changed:
            self._show(thread)
        ended = {thread.process.pid: thread.process for thread in self._changed if not thread.process.threads}
        for pid in sorted(self._memory.take_changed()):
            process = self.living.processes.get(pid) or ended.get(pid)
            if process is not None:
                self._count(process)
        for process in ended.values():
            self._processes.pop(process, None)
        self._changed.clear()
        self._is_settled = True
        if self._memory.used != self._frames:
            self._frames = self._memory.used
            self.packets.count(self._in_use, self._frames)

    def _show(self, thread: Thread) -> None:
        doing, tracks = self.living.doing(thread), self.of_thread(thread)
        if doing != tracks.shown:
            if tracks.shown is not None:
                self.packets.end(tracks.states)
            if doing is not None:
                self.packets.begin(tracks.states, f"{doing.state}: {doing.why}" if doing.why else doing.state, "state")
            tracks.shown = doing
        if doing is None:
            del self._threads[thread]

    def _count(self, process: Process) -> None:
        tracks, amount = self.of_process(process), self._memory.amount(process.pid)
        if tracks.amount is None or amount.private != tracks.amount.private:
            self.packets.count(tracks.private, amount.private)
        if tracks.amount is None or amount.shared != tracks.amount.shared:
            self.packets.count(tracks.shared, amount.shared)
        tracks.amount = amount

    # --- tracks -----------------------------------------------------------------------------------------------------

    def of_thread(self, thread: Thread) -> ThreadTracks:
        """The tracks of a thread, which are described the first time."""
        tracks = self._threads.get(thread)
        if tracks is None:
            packets = self.packets
            tracks = self._threads[thread] = ThreadTracks(packets.new_track(), packets.new_track())
            self._describe_thread(thread)
            packets.describe_track(tracks.states, f"state of {thread.tid}", tracks.own)
        return tracks

    def of_process(self, process: Process) -> ProcessTracks:
        """The tracks of a process, which are described the first time."""
        tracks = self._processes.get(process)
        if tracks is None:
            packets = self.packets
            tracks = ProcessTracks(packets.new_track(), packets.new_track(), packets.new_track())
            self._processes[process] = tracks
            packets.describe_process(tracks.own, process.pid, tracks.name)
            packets.describe_counter(tracks.private, "private memory", tracks.own, is_bytes=True)
            packets.describe_counter(tracks.shared, "shared memory", tracks.own, is_bytes=True)
        return tracks

    def _describe_thread(self, thread: Thread) -> None:
        process = self.of_process(thread.process)
        own = self._threads[thread].own
        self.packets.describe_thread(own, process.own, thread.process.pid, thread.tid, process.name)

    # --- programs ---------------------------------------------------------------------------------------------------

    def begin_program(
        self, process: Process, name: str, notes: Notes, arguments: Sequence[str] = (), *, ends_flow: int = 0
    ) -> None:
        """Begin the slice of the program that a process runs from now on, and call its tracks so. A flow ends at it."""
        tracks = self.of_process(process)
        self.end_program(process)
        tracks.name, tracks.is_running = name, True
        self.packets.describe_process(tracks.own, process.pid, name, arguments)
        for thread in process.threads.values():
            if thread in self._threads:
                self._describe_thread(thread)
        self.packets.begin(tracks.own, name, "program", notes, ends_flow=ends_flow)

    def end_program(self, process: Process) -> None:
        """End the slice of a program, if there is one."""
        tracks = self.of_process(process)
        if tracks.is_running:
            self.packets.end(tracks.own)
        tracks.is_running = False

    # --- what happens at once -----------------------------------------------------------------------------------------

    def tell(self, thread: Thread, name: str, category: str, notes: Notes = NO_NOTES, *, flow: int = 0) -> None:
        """Tell what happens to a thread. A flow begins at it."""
        self.packets.instant(self.of_thread(thread).own, name, category, notes, flow=flow)

    def draw(self, source: Thread, does: str, goal: Thread, meets: str, category: str, notes: Notes = NO_NOTES) -> None:
        """Tell what one thread ``does`` and the other thereby ``meets``, with a flow from one to the other."""
        flow = self.packets.new_flow()
        self.tell(source, does, category, notes, flow=flow)
        self.packets.instant(self.of_thread(goal).own, meets, category, notes, ends_flow=flow)
