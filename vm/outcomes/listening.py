"""Listening to a machine: what it tells becomes steps, and what they cannot come before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from vm import events
from vm.abi import ERESTARTSYS, Errno, Signal
from vm.cpu.state import PC
from vm.kernel.process.task import REAPER, Task
from vm.kernel.signals.state import Action, bit
from vm.outcomes import uses, using
from vm.outcomes.history import Looked, Made
from vm.outcomes.notes import End, Notes
from vm.outcomes.orders import Descent, Written
from vm.outcomes.reservations import Reservations
from vm.outcomes.uses import Asked

_SPINNING = "up to spinning: a loop that reads the same again changes places with others in its first two rounds"
SPINS = 2
"""How often a thread may read the same at the same place, and change nothing meanwhile, before it spins."""
_HANDLED = "up to signals: they are taken before calls and accesses to shared words, not between other instructions"
_EAGAIN = -Errno.EAGAIN


class Guard(Protocol):
    """Who is asked before a step, and told of it; what it raises ends the run."""

    def begins(self, thread: Descent, task: Task) -> None:
        """A thread is about to make a step."""

    def waits(self) -> None:
        """A thread has begun to wait, which is no step."""

    def spins(self, thread: Descent, task: Task) -> None:
        """A thread reads the same again, which is no step."""

    def made(self, thread: Descent, looked: Sequence[Looked], *, has_changed: bool) -> None:
        """A thread has made a step, and changed something, or has only looked at things."""


class Listener:
    """Listens to the machine of ``notes``, and completes one step after another there."""

    def __init__(self, notes: Notes, guard: Guard) -> None:
        self.notes = notes
        self._guard = guard
        self._dying: tuple[Task, int] | None = None
        self._linked: events.Accessed | None = None
        self._completed = 0, 0
        self._reservations = Reservations()
        self._spins: dict[Descent, dict[tuple[int, int, int | None], int]] = {}
        self._idle = notes.kernel.system.clock.idle
        listeners: tuple[tuple[type[events.Event], Callable[[Any], None]], ...] = (
            (events.CallEntered, self._entered), (events.CallReturned, self._returned), (events.Blocked, self._blocked),
            (events.Output, self._output), (events.PipeBytes, self._pipe_bytes), (events.Created, self._created),
            (events.ThreadCreated, self._thread_created), (events.Exited, self._exited),
            (events.Reaped, self._reap), (events.Resumed, self._resumed), (events.Signalled, self._signalled),
            (events.Stopped, self._stopped), (events.Continued, self._stopped), (events.Input, self._input),
            (events.Handled, self._handled), (events.Accessed, self._accessed),
        )  # fmt: skip
        for kind, listener in listeners:
            notes.kernel.events.subscribe(kind, listener)

    def _entered(self, event: events.CallEntered) -> None:
        notes = self.notes
        self.flush()
        tid = event.pid
        task = notes.task(tid)
        self._guard.begins(notes.name(tid), task)
        notes.inside = tid
        notes.asked[tid] = uses.asked(task, event.call_number, event.arguments, notes.site(task))
        if notes.asked[tid].name == "execve" and len(task.process.threads) > 1:
            notes.bounds.add("up to execve by one of several threads: what the others could do before is not explored")

    def _returned(self, event: events.CallReturned) -> None:
        notes = self.notes
        self.flush()
        asked = notes.asked.pop(event.pid)
        if event.result == -ERESTARTSYS:  # a handler runs first, as it would if the call had not begun to wait
            notes.forget_step()
            return
        notes.inside = event.pid
        using.use(notes, event.pid, asked, event.result)
        self._complete(event.pid, asked, event.result)

    def _accessed(self, event: events.Accessed) -> None:
        """A thread has accessed a word that others access, too: a step; an LR with its SC is one.

        Who stores what was there has only looked.
        """
        notes, tid = self.notes, event.thread
        task = notes.task(tid)
        linked, self._linked = self._linked, None
        if linked is not None and (linked.thread != tid or not self._reservations.ends(task, event.pc)):
            self._access(linked)
            linked = None
        if linked is None:
            self.flush()
            if self._spins_on(notes.name(tid), event):
                self._guard.spins(notes.name(tid), task)
                return
            self._guard.begins(notes.name(tid), task)
            if self._reservations.begins(task, event.pc):
                self._linked = event
                return
        self._access(event)

    def is_linked(self, tid: int) -> bool:
        """Tell whether a thread is about to make the SC that belongs to the LR that it has made last."""
        linked = self._linked
        if linked is None or linked.thread != tid:
            return False
        task = self.notes.task(tid)
        return self._reservations.ends(task, int(task.context[PC]))

    def _access(self, event: events.Accessed) -> None:
        """Complete the step that is an access."""
        notes, tid = self.notes, event.thread
        task = notes.task(tid)
        writes = event.written is not None and event.written != event.read
        notes.access(task, event.address, event.size, writes=writes)
        notes.has_effects, notes.is_local = writes, False
        shown = -1 if event.written is None else event.written
        self._complete(tid, Asked("access", 0, (event.address, event.size, shown), event.pc, None, 0), event.read)

    def _spins_on(self, thread: Descent, event: events.Accessed) -> bool:
        """Tell whether a thread reads what it has read there again and again, and has changed nothing: no step."""
        if event.written is not None and event.written != event.read:
            return False
        counts = self._spins.setdefault(thread, {})
        reading = event.pc, event.address, event.read
        counts[reading] = counts.get(reading, 0) + 1
        if counts[reading] <= SPINS:
            return False
        self.notes.bounds.add(_SPINNING)
        return True

    def _blocked(self, event: events.Blocked) -> None:
        """A call waits: a step of its own if others can tell, else nothing has happened."""
        notes = self.notes
        self.flush()
        tid = event.pid
        asked = notes.asked[tid]
        is_remembered = asked.name in uses.REMEMBERED or uses.only_pauses(asked)
        if notes.has_effects or is_remembered or _can_be_interrupted(notes.task(tid)):
            using.use_by_waiting(notes, tid, asked)
            self._complete(tid, asked, None)
            return
        self._guard.waits()
        notes.forget_step()

    def _complete(self, tid: int, asked: Asked, result: int | None, gone: Task | None = None) -> None:
        notes = self.notes
        name, task = notes.name(tid), notes.kernel.processes.thread(tid)
        notes.take_accesses()
        if notes.kernel.system.clock.idle != self._idle:
            self._idle = notes.kernel.system.clock.idle
            notes.history.all_wait()
            notes.bounds.add(using.TIMED)
        if task is not None and task.process.threads and asked.name in uses.DESCRIPTORS:
            self._count_descriptors(task)
        who = task if task is not None else gone
        path, pid = (who.process.path, who.process.pid) if who is not None else ("", tid)
        has_changed = notes.has_effects or not (asked.name in uses.LOOKS or result == _EAGAIN)
        if asked.name in ("wait4", "waitid"):
            has_changed = result != 0 or not notes.history.looked
        if has_changed:
            self._spins.pop(name, None)
        self._guard.made(name, notes.history.looked, has_changed=has_changed)
        made = Made(
            name, 0, pid, asked.name, asked.arguments, result, asked.pc, path,
            tuple(notes.written), tuple(notes.answers), {},
        )  # fmt: skip
        notes.history.complete(made, is_local=notes.is_local)
        self._completed = tid, notes.choices
        notes.forget_step()

    def _pipe_bytes(self, event: events.PipeBytes) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True
        notes.is_local = False
        history = notes.history
        pipe, step = history.pipe(event.pipe), history.next
        if event.is_taken:
            asked = notes.asked.get(notes.inside)
            wanted = asked.wanted if asked is not None else len(event.data)
            pipe.read(step, len(event.data), wanted, history.links)
        else:
            readers = [name for name, held in notes.held.items() if (event.pipe, True) in held]
            pipe.write(step, len(event.data), min(readers, default=None), history.links)

    def _input(self, event: events.Input) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True

    def _output(self, event: events.Output) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True
        notes.written.append(Written(event.stream, event.data))

    def _count_descriptors(self, task: Task) -> None:
        """Note which ends of pipes a process has now, and tell of those that it has no more."""
        self._hold(task.process.leader.random.descent, uses.holdings_of(task))

    def _hold(self, who: Descent, held: frozenset[End]) -> None:
        notes = self.notes
        history, step = notes.history, notes.history.next
        former = notes.held.get(who, {})
        for pipe, is_reader in former.keys() - held:
            notes.is_local = False
            if pipe > 0 and -pipe in notes.watched:
                history.change("ready")
            if pipe > 0:
                history.pipe(pipe).close(step, who, is_reader=is_reader, links=history.links)
            elif pipe == uses.UNDOING:
                history.change("ipc")
            else:
                history.change("inode", -pipe)
        notes.held[who] = {end: former.get(end, step) for end in held}

    def _created(self, event: events.Created) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True
        child, parent = notes.name(event.child), notes.kernel.processes[event.pid].leader.random.descent
        notes.history.born[child] = notes.history.next
        notes.held[child] = {end: notes.history.next for end in notes.held.get(parent, {}) if end[0] > 0 or end[1]}

    def _thread_created(self, event: events.ThreadCreated) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True
        notes.history.born[notes.name(event.thread)] = notes.history.next

    def _exited(self, event: events.Exited) -> None:
        """A process ends, by the call that is under way, or by a signal: a step of its own."""
        notes = self.notes
        kernel, history = notes.kernel, notes.history
        process = kernel.processes[event.pid]
        running = kernel.running
        assert running is not None
        if process is running.process and not self._ends_itself(running.tid):
            self.flush()
            self._note_at_once(running.tid)
            self._guard.begins(notes.name(running.tid), running)
            self._dying = running, notes.site(running)  # its memory goes
        name = process.leader.random.descent
        history.exits[name] = history.next
        notes.is_local = False
        self._hold(name, frozenset())
        del notes.held[name]
        for thread in process.threads:
            other = thread.random.descent
            last = history.last.get(other, history.born.get(other))
            if thread is not running and last is not None:
                history.link(last, "order")
                notes.killed.append((other, history.next))
        is_told = process.signals.action(Signal.SIGCHLD) is not Action.IGNORE
        for child in process.children:
            history.change("parent", child)
            if kernel.processes[child].death_signal:
                history.look("life", child)
            if is_told:
                history.change("told", child)
        history.look("told", event.pid)
        history.change("life", event.pid)
        if event.pid == REAPER + 1 and notes.exit is None:
            notes.exit = event

    def _ends_itself(self, tid: int) -> bool:
        """Tell whether the call that is under way is an exit of that thread."""
        asked = self.notes.asked.get(tid)
        if self.notes.inside != tid or asked is None:
            return False
        return asked.name in uses.ENDS or uses.is_service(asked.number)

    def _note_at_once(self, tid: int) -> None:
        """Note a step that follows from the last of the same thread before anybody else could be chosen to run."""
        notes = self.notes
        if self._completed == (tid, notes.choices):
            notes.at_once.add(notes.history.next)

    def _flush_others(self) -> None:
        """Complete what is no step yet, if it is another thread's than the one that runs."""
        if self._dying is not None and self.notes.kernel.running is not self._dying[0]:
            self.flush()

    def flush(self) -> None:
        """Complete what is no step yet: of a thread that has died of a signal, an LR without an SC."""
        notes = self.notes
        if self._linked is not None:
            linked, self._linked = self._linked, None
            self._access(linked)
        dying, self._dying = self._dying, None
        if dying is not None:
            task, pc = dying
            asked = notes.asked.pop(task.tid, None)
            pc = asked.pc if asked is not None else pc
            self._complete(task.tid, Asked("death", 0, (), pc, None, 0), None, gone=task)

    def _reap(self, event: events.Reaped) -> None:
        self._flush_others()
        notes, running = self.notes, self.notes.kernel.running
        if event.pid == REAPER:
            return
        if running is not None and running.pid == event.pid:  # else nobody has waited for it
            gone = notes.history.exits.get(notes.name(event.child))
            if gone is not None:
                notes.history.link(gone, "exit")
            notes.reaped.append(event.child)
        else:
            notes.unclaimed.add(notes.name(event.child))
        notes.history.change("life", event.child)

    def _resumed(self, event: events.Resumed) -> None:
        self._flush_others()
        notes = self.notes
        notes.history.resumed[notes.name(event.pid)] = notes.history.next

    def _signalled(self, event: events.Signalled) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True
        processes, history = notes.kernel.processes, notes.history
        thread = processes.thread(event.pid)
        if thread is None:
            return
        process, running = thread.process, notes.kernel.running
        notes.is_local = False
        signals = thread.signals
        action = signals.action(event.signal)
        history.look("signals", process.pid)
        if action is Action.IGNORE:
            return
        threads = process.threads if event.pid == process.pid else [thread]
        if signals.mask & bit(event.signal):
            for each in threads:
                history.change("mask", each.tid)
        elif running is None or process is not running.process or len(process.threads) > 1:
            others = [each for each in process.threads if each is not running]
            for each in others:
                history.look("mask", each.tid)
            history.send([each.random.descent for each in others])

    def _handled(self, event: events.Handled) -> None:
        """A thread enters its handler of a signal: a step, in which it blocks the signals that its handler blocks."""
        notes, tid = self.notes, event.pid
        self.flush()
        task = notes.task(tid)
        self._note_at_once(tid)
        self._guard.begins(notes.name(tid), task)
        notes.history.change("mask", tid)
        notes.bounds.add(_HANDLED)
        notes.has_effects, notes.is_local = True, False
        self._complete(tid, Asked("handler", 0, (event.signal,), event.handler, None, 0), None)

    def _stopped(self, event: events.Stopped | events.Continued) -> None:
        self._flush_others()
        notes = self.notes
        notes.has_effects = True
        notes.bounds.add("stopped processes: taken to depend on everything")
        notes.history.anything()
        notes.is_local = False


def _can_be_interrupted(task: Task) -> bool:
    """Tell whether a handler may run: then it matters whether a call has begun to wait."""
    return any(disposition.handler > 1 for disposition in task.signals.dispositions.values())
