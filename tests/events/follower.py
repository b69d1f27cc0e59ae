"""Compares a machine with what its events tell, while it runs; its page tables are walked by no code of its own."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np

from tests.accounting import leaves, table_frames, walk
from tests.events.rebuilt import Rebuilt
from vm import events
from vm.abi import CALL_NUMBERS
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.terminal import ConsoleOutput
from vm.kernel.process.task import REAPER, State, Task
from vm.machine import Run

WRITE, WRITEV = CALL_NUMBERS["write"], CALL_NUMBERS["writev"]


class Follower:
    """Compares ``run`` with what its events tell: at each of the first events, and at fewer and fewer later on."""

    def __init__(self, run: Run) -> None:
        self.kernel = run.kernel
        self.told = Rebuilt()
        self.compared = 0
        self.written: dict[int, bytes] = defaultdict(bytes)
        self._calls: dict[int, list[tuple[int, int]]] = {}
        self._next = 0
        for kind in events.KINDS:
            run.kernel.events.subscribe(kind, self.hear)

    def hear(self, event: events.Event) -> None:
        """Take an event, by way of its JSON."""
        self.told.hear(events.from_json(json.loads(json.dumps(events.to_json(event)))))
        if isinstance(event, events.CallEntered) and event.call_number in (WRITE, WRITEV):
            self._calls[event.pid] = self._buffers(event)
        if isinstance(event, events.CallReturned):
            assert self.told.running in (0, event.pid)  # 0: nobody was scheduled since it listens
            self._note_written(event)
        if isinstance(event, events.CallReturned | events.Scheduled) and event.number >= self._next:
            self._next = event.number + event.number // 20
            self.compare()

    # --- what was written, read from the processes' memory ------------------------------------------------------------

    def _read(self, task: Task, address: int, size: int) -> bytes:
        found = [walk(self.kernel.memory, task.memory.root, at) for at in range(address, address + size)]
        return bytes(int(self.kernel.memory.ram[place[1]]) if place is not None else 0 for place in found)

    def _buffers(self, event: events.CallEntered) -> list[tuple[int, int]]:
        _, address, count, *_ = event.arguments
        if event.call_number == WRITE:
            return [(address, count)]
        words = np.frombuffer(self._read(self.kernel.processes[event.pid].leader, address, 8 * count), "<u4").tolist()
        return list(zip(words[::2], words[1::2], strict=True))

    def _note_written(self, event: events.CallReturned) -> None:
        buffers = self._calls.pop(event.pid, [])
        if event.call_number not in (WRITE, WRITEV) or event.result is None or event.result <= 0:
            return
        task, left = self.kernel.processes[event.pid].leader, event.result
        if isinstance(task.files.get(event.arguments[0]), PipeEnd | ConsoleOutput):
            for address, size in buffers:
                self.written[event.pid] += self._read(task, address, min(size, left))
                left -= min(size, left)

    # --- comparing ----------------------------------------------------------------------------------------------------

    def compare(self) -> None:
        """The machine is, between two steps, as it was told."""
        told, kernel = self.told, self.kernel
        self.compared += 1
        living = {each.pid: each for each in kernel.processes if each.pid != REAPER and not each.is_zombie}
        threads = [task for task in kernel.processes.threads if task.tid != REAPER]
        waits = {task.tid: task.wait for task in threads if task.state is State.BLOCKED}
        assert {pid: (wait.why, wait.deadline) for pid, wait in waits.items() if wait is not None} == {
            pid: (why, deadline) for pid, (_, why, deadline) in told.waits.items()
        }
        assert told.spaces.keys() == living.keys()
        for pid, task in living.items():
            number, root = told.spaces[pid], task.memory.root
            assert told.root[number] == root
            pages = {page: entry >> 10 for page, entry in leaves(kernel.memory, root).items()}
            assert told.frames["page"][number] == pages
            assert [root, *dict(sorted(told.frames["table"][number].items())).values()] == table_frames(
                kernel.memory, root
            )
            assert told.ranges[number] == {
                page: str(segment.protection)
                for segment in task.memory.segments
                for page in range(segment.start, segment.end, 4096)
            }
        users = np.zeros(kernel.memory.count, np.int64)
        for frame, count in told.users().items():
            users[frame] = count
        assert np.array_equal(users, kernel.memory.references)
