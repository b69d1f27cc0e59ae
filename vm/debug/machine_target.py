"""A machine as a debugger's target: what it is asked and told to do, of the processes that the debugger knows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from vm.abi import Errno, Signal
from vm.debug import looking, monitor, signals
from vm.debug.backwards import Backwards
from vm.debug.changes import Kill, SetRegisters, WriteMemory
from vm.debug.debugged import Debugged
from vm.debug.forwards import Forwards
from vm.debug.history import History
from vm.debug.target import Action, Caught, Move, Refused, Stop, ThreadLine, Why
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Moment
from vm.kernel.process.task import Process, Task
from vm.memory.showing import memory_at


class MachineTarget:
    """A target (:class:`~vm.debug.target.Target`) that is the machine of ``history``, about to execute its program.

    ``may_write``: who debugs may have files of the host written.
    """

    def __init__(self, history: History, *, may_write: bool = False) -> None:
        self.may_write = may_write
        self._history = history
        self._debugged = Debugged(history)
        self._inferiors = self._debugged.inferiors
        self._forwards, self._backwards = Forwards(self._debugged), Backwards(self._debugged)
        self._is_interrupted = threading.Event()

    @property
    def shown(self) -> Callable[[bytes], None]:
        """Called with the path of each image before whoever debugs hears of it."""
        return self._debugged.shown

    @shown.setter
    def shown(self, shown: Callable[[bytes], None]) -> None:
        """Let this be called."""
        self._debugged.shown = shown

    @property
    def _kernel(self) -> Kernel:
        return self._history.run.kernel

    # --- looking -----------------------------------------------------------------------------------------------------

    def threads(self) -> Sequence[ThreadLine]:
        """Return every thread that is alive, of the processes that are told of."""
        kernel = self._kernel
        return [looking.line_of(kernel, task) for task in looking.threads_of(kernel) if task.pid in self._inferiors]

    def _process(self, pid: int) -> Process:
        if pid not in self._inferiors:
            raise Refused(Errno.ESRCH, f"process {pid} is not debugged")
        self.takes(pid)
        return looking.process_of(self._kernel, pid)

    def _thread(self, tid: int) -> Task:
        task = looking.thread_of(self._kernel, tid)
        if task.pid not in self._inferiors:
            raise Refused(Errno.ESRCH, f"process {task.pid} is not debugged")
        self.takes(task.pid)
        return task

    def registers(self, tid: int) -> Sequence[int]:
        """Return x0 to x31 and pc: 33 unsigned numbers."""
        return looking.registers_of(self._thread(tid))

    def read(self, pid: int, address: int, size: int) -> bytes:
        """Return as many bytes as can be read, at most ``size``. Raises Refused (EFAULT) where the first cannot."""
        data = memory_at(self._process(pid).memory, address, size)
        if not data and size:
            raise Refused(Errno.EFAULT, f"nothing is mapped at {address:#x}")
        return data

    def executable(self, pid: int) -> bytes:
        """Return the path of its image, in the guest."""
        path = looking.executable_of(self._process(pid))
        self._debugged.shown(path)
        return path

    def auxiliary_vector(self, pid: int) -> bytes:
        """Return what its image found above its environment at the start."""
        return self._process(pid).auxiliary

    def signal_information(self, tid: int) -> bytes:
        """Return the siginfo_t of the signal that the thread has stopped for: 128 bytes."""
        task = self._thread(tid)
        stopped, number = self._debugged.open.signalled or (0, 0)
        signal = number if stopped == tid else Signal.SIGTRAP
        return looking.signal_information_of(task, signal)

    def read_link(self, pid: int, path: bytes) -> bytes:
        """Return where the guest's symbolic link ``path`` leads, as the process ``pid`` would find it."""
        return looking.link_at(self._aside(), pid, path)

    def read_file(self, pid: int, path: bytes) -> bytes:
        """Return what the guest's file ``path`` holds, as the process ``pid`` would find it (0: the first one)."""
        return looking.file_at(self._aside(), pid, path)

    def _aside(self) -> Kernel:
        """A machine in which files can be looked for: to meet one is something that a machine remembers."""
        return self._history.run.copy().kernel

    # --- agreeing and changing ---------------------------------------------------------------------------------------

    def wants(self, events: frozenset[Why]) -> None:
        """Let the debugger be told of these, of FORK, VFORK, EXEC and NOBODY."""
        self._debugged.wishes.wanted = events

    def set_registers(self, tid: int, values: Sequence[int]) -> None:
        """Set x0 to x31 and pc."""
        self._thread(tid)
        self._debugged.change(SetRegisters(tid, tuple(values)))

    def write(self, pid: int, address: int, data: bytes) -> None:
        """Write memory, whatever its pages permit to the process. Raises Refused where it is not all mapped."""
        if len(memory_at(self._process(pid).memory, address, len(data))) < len(data):
            raise Refused(Errno.EFAULT, f"not all of {len(data)} bytes at {address:#x} are mapped")
        self._debugged.change(WriteMemory(pid, address, data))

    def insert(self, pid: int, kind: int, address: int, size: int) -> None:
        """Set a breakpoint (kinds 0 and 1), or a watchpoint for writes, reads, accesses (2, 3, 4)."""
        self._process(pid)
        self._debugged.points.insert(pid, kind, address, size)

    def remove(self, pid: int, kind: int, address: int, size: int) -> None:
        """Take back what was set so; what is not there is no fault."""
        self._debugged.points.remove(pid, kind, address, size)

    def pass_signals(self, numbers: Iterable[int]) -> None:
        """Let these (gdb's numbers) act without a stop."""
        found = {signals.from_gdb(number) for number in numbers}
        self._debugged.wishes.passed = frozenset(number for number in found if number is not None)

    def catch_calls(self, numbers: frozenset[int] | None, *, wanted: bool) -> None:
        """Stop at these system calls, None for every one; or at none."""
        self._debugged.wishes.calls = numbers if wanted else frozenset()

    # --- going -------------------------------------------------------------------------------------------------------

    def resume(self, actions: Sequence[Action]) -> Stop:
        """Go on until something is to be told. A thread that no action names stays where it is."""
        debugged = self._debugged
        known = self._inferiors.known
        actions = [each for each in actions if each.pid is None or each.pid in known or self.has_to_tell(each.pid)]
        if not actions:
            raise Refused(Errno.ESRCH, "none of these processes is debugged")
        self._inferiors.pass_over({action.pid for action in actions if action.pid is not None})
        if (waiting := self._inferiors.take_waiting(actions)) is not None:
            return debugged.tell(waiting)
        if not self._inferiors.known:
            return Stop(Why.NOBODY, 0, 0)
        if debugged.open.goal is not None and not any(action.move is Move.STEP for action in actions):
            return self._travel(debugged.open.goal)
        debugged.open.goal = None
        self._backwards.forget_step()
        return self._forwards.go(actions)

    def go_back(self, pid: int | None, tid: int | None, *, step: bool, alone: bool = False) -> Stop:
        """Go back by one instruction of the thread, or to where the run before would have stopped last."""
        debugged = self._debugged
        if (awaited := self._inferiors.take_awaited()) is not None:
            return awaited
        if (waiting := self._inferiors.take_waiting([Action(Move.CONTINUE, pid)])) is not None:
            return debugged.tell(waiting)
        if not self._inferiors.known:
            return Stop(Why.NOBODY, 0, 0)
        if debugged.open.goal is not None and not step:
            return self._travel(debugged.open.goal)
        debugged.open.goal = debugged.open.signalled = None
        debugged.open.is_end_told = False
        if self._backwards.owes_step:
            return self._backwards.finish_step()
        return self._backwards.step(pid, tid, alone=alone) if step else self._backwards.run(pid)

    def _travel(self, goal: Moment) -> Stop:
        self._debugged.open.signalled, self._debugged.open.is_end_told = None, False
        stop = self._backwards.travel(goal) if goal < self._kernel.moment else self._forwards.travel(goal)
        if self._debugged.open.goal is None:
            return stop
        return replace(
            stop, notes=(*stop.notes, f"That is on the way to clock {goal.clock:,}: continue goes on there.")
        )

    def prepare(self, interrupted: Callable[[], bool]) -> None:
        """Make checkpoints near the present, for a step back to be quick, until something is asked: ``interrupted``."""
        self._history.prepare(interrupted=interrupted)

    def interrupt(self) -> None:
        """Let the machine stop soon (SIGINT). May be called from another thread, and at any time."""
        self._is_interrupted.set()
        self._history.interrupt()

    def takes(self, pid: int) -> None:
        """Note that the debugger has asked for a process: it knows of it then."""
        self._inferiors.unnamed.discard(pid)
        self._inferiors.unlisted.discard(pid)

    def lists(self) -> None:
        """Note that the debugger has been given the list of threads: who lives again is known to it."""
        self._inferiors.unlisted.clear()

    def has_to_tell(self, pid: int) -> bool:
        """Tell whether a process is gone, and its end is still to be told."""
        return pid not in self._inferiors and any(stop.pid == pid for stop in self._inferiors.waiting)

    def kill(self, pid: int) -> None:
        """Kill the process, as SIGKILL does."""
        if pid in self._inferiors.passed_over or self._leave(pid):
            self._inferiors.end(pid)
            with suppress(Refused):  # once the run is over nobody goes on, and there is nobody to kill
                self._debugged.change(Kill(pid))

    def detach(self, pid: int) -> None:
        """Let the process go its own way, and tell nothing of it any more."""
        if pid not in self._inferiors.passed_over and self._leave(pid):
            self._inferiors.detach(pid)

    def _leave(self, pid: int) -> bool:
        """Forget the breakpoints of a process; False if it is gone, and that was still to be told."""
        if pid not in self._inferiors and self._inferiors.forget(pid):
            return False
        self._process(pid)
        self._debugged.points.forget(pid)
        return True

    # --- monitor -----------------------------------------------------------------------------------------------------

    def monitor(self, command: str, tid: int) -> Iterator[str]:
        """Answer a ``monitor`` command of a user who looks at thread ``tid``, 0 for none, in lines."""
        self._is_interrupted.clear()
        return monitor.answer(self._history, MonitorView(self, tid), command)

    def plan(self, moment: Moment) -> None:
        """Go to that moment when it is to go on, or back, the next time."""
        self._debugged.open.goal = moment

    @property
    def goal(self) -> Moment | None:
        """The moment that was planned, as long as the machine has not come there."""
        return self._debugged.open.goal

    @property
    def caught(self) -> Caught:
        """What is stopped at besides what the protocol has packets for."""
        return self._debugged.wishes.caught

    @caught.setter
    def caught(self, caught: Caught) -> None:
        """Stop at these, and at no others."""
        self._debugged.wishes.caught = caught

    @property
    def is_interrupted(self) -> bool:
        """Whether somebody has interrupted since the last command has begun."""
        return self._is_interrupted.is_set()


class MonitorView:
    """A session as ``monitor`` commands see it (:class:`vm.debug.monitor.View`)."""

    def __init__(self, target: MachineTarget, tid: int) -> None:
        self._target = target
        self.tid = tid
        self.may_write = target.may_write

    @property
    def goal(self) -> Moment | None:
        """The moment to go to that was planned, as long as the machine has not come there."""
        return self._target.goal

    def plan_goto(self, moment: Moment) -> None:
        """Let the next command that lets the machine run go to ``moment`` instead."""
        self._target.plan(moment)

    @property
    def caught(self) -> Caught:
        """What is stopped at besides what gdb has asked for."""
        return self._target.caught

    def catch(self, caught: Caught) -> None:
        """Stop at these from now on, and at no others but what gdb has asked for."""
        self._target.caught = caught

    def is_interrupted(self) -> bool:
        """Tell whether the user wants no answer any more."""
        return self._target.is_interrupted
