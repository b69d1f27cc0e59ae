"""A machine as its events tell it: no more is known of it than what was read from their JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from vm import events

Places = dict[int, int]


class Rebuilt:
    """Hears events one by one.

    ``running`` is who runs, ``waits`` what each blocked process waits for. ``spaces`` has the number of the address
    space of each process; ``root``, ``tables``, ``pages`` are the frames of a space by its number, ``shared`` those of
    shared memory by its number, ``machine`` the machine's own. ``ranges`` are a space's mapped pages: the protection of
    each. ``written`` is what each process has written to each stream, ``pipes`` the bytes in each pipe.
    """

    def __init__(self) -> None:
        self.running = 0
        self.waits: dict[int, tuple[tuple[str, ...], str, int | None]] = {}
        self.spaces: dict[int, int] = {}
        self.frames: dict[str, dict[int, Places]] = {use: defaultdict(dict) for use in ("page", "table", "shared")}
        self.root: Places = {}
        self.machine: set[int] = set()
        self.ranges: dict[int, dict[int, str]] = defaultdict(dict)
        self.written: dict[tuple[int, str], bytes] = defaultdict(bytes)
        self.pipes: dict[int, bytes] = defaultdict(bytes)
        self.heard = Counter[str]()
        self._last = -1

    def hear(self, event: events.Event) -> None:
        """Take one event; each has a number above those before."""
        assert event.number > self._last
        self._last = event.number
        self.heard[type(event).__name__] += 1
        handler: Callable[[Any], None] | None = getattr(self, f"_{type(event).__name__.lower()}", None)
        if handler is not None:
            handler(event)

    # --- who runs and who waits -------------------------------------------------------------------------------------

    def _scheduled(self, event: events.Scheduled) -> None:
        assert self.running in (0, event.after)  # 0: nobody was scheduled since it listens
        assert event.pid not in self.waits
        self.running = event.pid

    def _blocked(self, event: events.Blocked) -> None:
        assert event.pid == self.running
        self.waits[event.pid] = event.channels, event.why, event.deadline

    def _woken(self, event: events.Woken) -> None:
        channels, _, deadline = self.waits.pop(event.pid)
        if event.channel == "deadline":
            assert deadline is not None
            assert event.clock >= deadline
        elif event.channel != "signal":
            assert event.channel in channels

    def _exited(self, event: events.Exited) -> None:
        self.waits.pop(event.pid, None)
        self.spaces.pop(event.pid, None)

    # --- memory -----------------------------------------------------------------------------------------------------

    def _created(self, event: events.Created) -> None:
        if event.how == "share":
            self.spaces[event.child] = self.spaces[event.pid]

    def _frameschanged(self, event: events.FramesChanged) -> None:
        if event.use == "machine":
            self.machine |= {frame for _, frame in event.gained}
            return
        if event.use == "root":
            for _, frame in event.lost:
                assert self.root.pop(event.space) == frame
            for _, frame in event.gained:
                self.root[event.space] = frame
                self.spaces[event.pid] = event.space
            return
        known = self.frames[event.use][event.space]
        for place, frame in event.lost:
            assert known.pop(place) == frame
        for place, frame in event.gained:
            assert place not in known
            known[place] = frame

    def users(self) -> Counter[int]:
        """How often each frame is used, as the machine counts it: a shared page table uses its pages once."""
        users = Counter([*self.machine, *self.root.values()])
        entries = set()
        for space in self.root:
            tables = self.frames["table"][space]
            users.update(tables.values())
            entries |= {(tables[page & -(1 << 22)], page, frame) for page, frame in self.frames["page"][space].items()}
        users.update(frame for _, _, frame in entries)
        for places in self.frames["shared"].values():
            users.update(places.values())
        return users

    def _mapped(self, event: events.Mapped) -> None:
        for page in range(event.start, event.end, 4096):
            assert page not in self.ranges[event.space]
            self.ranges[event.space][page] = event.protection

    def _unmapped(self, event: events.Unmapped) -> None:
        for page in range(event.start, event.end, 4096):
            del self.ranges[event.space][page]

    def _protected(self, event: events.Protected) -> None:
        for page in range(event.start, event.end, 4096):
            assert self.ranges[event.space][page] != event.protection
            self.ranges[event.space][page] = event.protection

    # --- bytes ------------------------------------------------------------------------------------------------------

    def _output(self, event: events.Output) -> None:
        self.written[event.pid, event.stream] += event.data

    def _pipebytes(self, event: events.PipeBytes) -> None:
        if event.is_taken:
            assert self.pipes[event.pipe].startswith(event.data)
            self.pipes[event.pipe] = self.pipes[event.pipe][len(event.data) :]
        else:
            self.pipes[event.pipe] += event.data
            self.written[event.pid, f"pipe {event.pipe}"] += event.data
