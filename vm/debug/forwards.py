"""The way forwards of a machine that is debugged."""

from __future__ import annotations

from collections.abc import Sequence

from vm.abi import Signal
from vm.cpu.state import PC
from vm.debug import looking, signals
from vm.debug.changes import DropSignal, Hold, SendSignal
from vm.debug.debugged import ALL_ARE_HELD, EVENTS, INTERRUPT, TRAP, Debugged
from vm.debug.inferiors import is_named
from vm.debug.target import Action, Move, Stop, Why
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.process.task import State, Task
from vm.kernel.stopping import standing
from vm.kernel.system import Turn


class Forwards:
    """Lets the ``debugged`` machine go on until something is to be told."""

    def __init__(self, debugged: Debugged) -> None:
        self._debugged = debugged
        self._stays: tuple[int, int] | None = None

    def go(self, actions: Sequence[Action]) -> Stop:
        """Go on until something is to be told. A thread that no action names stays where it is."""
        debugged = self._debugged
        sent = self._let_signals_act(actions)
        is_brief = self._is_brief(actions)
        self._hold((Action(Move.CONTINUE),) if is_brief else actions)
        debugged.open.looks_at = debugged.open.signalled = None
        step = next((action for action in actions if action.move is Move.STEP), None)
        thread = debugged.thread_named(step.pid, step.tid) if step is not None else None
        stands = standing(debugged.kernel, thread)
        if step is None or step.span is not None:
            self._stays = None
        while True:
            outcome = debugged.history.advance(debugged.until(step=thread, step_from=stands))
            if isinstance(outcome, Pause) and outcome.why == "step" and step is not None and step.span is not None:
                pc = int(looking.thread_of(debugged.kernel, outcome.pid).context[PC])
                if step.span[0] <= pc < step.span[1]:
                    stands = standing(debugged.kernel, thread)
                    continue
            if isinstance(outcome, Pause) and (outcome.pid, outcome.number) in sent and outcome.why == "signal":
                sent.discard((outcome.pid, outcome.number))  # it acts now, as gdb has asked for
                continue
            stops = self._before_the_end(debugged.stops_of(outcome))
            if step is not None and step.span is None and (stays := self._that_stays(stops, thread)) is not None:
                return debugged.tell(stays)
            debugged.inferiors.wait(stops)
            waiting = debugged.inferiors.take_waiting(actions)
            if waiting is None and (isinstance(outcome, Ending) or outcome.why in ("held", "interrupt")):
                waiting = debugged.inferiors.waiting.popleft()  # nobody goes on
            if waiting is None and is_brief and stops:
                waiting = self._that_waits(thread)
            if waiting is not None:
                return debugged.tell(waiting)

    def _that_stays(self, stops: Sequence[Stop], tid: int | None) -> Stop | None:
        """Tell thread ``tid``, which was to make one step, that it has not, where it is about to end or nobody goes on.

        gdb 13 steps over a breakpoint so. Where it is told then that history ends, it takes it that the step is still
        to come, and hangs at the next. Who makes steps alone has to see an end of them.
        """
        end = next((stop for stop in stops if stop.why is Why.END), None)
        task = self._lives(tid)
        if end is None or task is None:
            return None
        place = task.tid, task.retired
        signal, self._stays = (INTERRUPT if self._stays == place else TRAP), place
        return Stop(Why.SIGNAL, task.pid, task.tid, signal, notes=end.notes)

    def _that_waits(self, tid: int | None) -> Stop | None:
        """Let gdb go on with all, where one thread was to make one step, waits, and something is to be told of another.

        Of another gdb 13 must not be told while it steps over a breakpoint. For a signal that it passes on it lets that
        be, and everybody go.
        """
        if (task := self._lives(tid)) is None:
            return None
        self._debugged.open.signalled = task.tid, Signal.SIGCHLD
        return Stop(Why.SIGNAL, task.pid, task.tid, signals.to_gdb(Signal.SIGCHLD))

    def _lives(self, tid: int | None) -> Task | None:
        return next((task for task in looking.threads_of(self._debugged.kernel) if task.tid == tid), None)

    def travel(self, goal: Moment) -> Stop:
        """Go to a later moment, stopping on the way for processes that are born or end."""
        debugged = self._debugged
        while not debugged.inferiors.waiting:
            outcome = debugged.history.advance(Until(events=EVENTS, moment=goal))
            if isinstance(outcome, Pause) and outcome.why != "event":
                debugged.open.goal = None
                return debugged.tell(debugged.here(0, (ALL_ARE_HELD,) if outcome.why == "held" else ()))
            debugged.inferiors.wait(debugged.stops_of(outcome))
        return debugged.tell(debugged.inferiors.waiting.popleft())

    def _before_the_end(self, stops: list[Stop]) -> list[Stop]:
        """Stand before the last process ends, if that is what has happened, once: what is to be told then.

        Behind it nobody would be left to stand in, and to go back from.
        """
        debugged = self._debugged
        ended = [stop.pid for stop in stops if stop.why in (Why.EXITED, Why.KILLED)]
        if debugged.open.is_end_told or not ended or debugged.inferiors.known != set(ended):
            return stops
        pause = debugged.back_to_end(ended)
        if pause is None:
            return stops
        debugged.open.is_end_told = True
        note = f"Process {ended[0]} is about to end; continue lets it."
        return [Stop(Why.END, ended[0], pause.pid, notes=(note,))]

    def _hold(self, actions: Sequence[Action]) -> None:
        """Hold the threads that no action names, of the processes that are told of."""
        debugged = self._debugged
        tasks = looking.threads_of(debugged.kernel)
        held = frozenset(
            task.tid for task in tasks if task.pid in debugged.inferiors and not is_named(task.pid, task.tid, actions)
        )
        if held != frozenset(task.tid for task in tasks if task.is_held):
            debugged.change(Hold(held))
        elif any(isinstance(noted.change, Hold) for noted in debugged.history.ahead):
            debugged.history.forget_future()  # in which others are held, or let go, on the way
            debugged.open.said.append(
                f"Another future begins, at clock {debugged.kernel.clock:,}: other threads go on."
            )

    def _is_brief(self, actions: Sequence[Action]) -> bool:
        """Tell whether one instruction of the thread that runs is wanted, for which nobody has to be held.

        gdb steps over its breakpoints so, and what follows shall be what it would have been.
        """
        return len(actions) == 1 and actions[0].move is Move.STEP and actions[0].span is None and self._runs(actions[0])

    def _runs(self, action: Action) -> bool:
        """Tell whether the thread that an action names is about to execute an instruction, before any other."""
        system = self._debugged.kernel.system
        running = system.running
        if running is None or running.tid != self._debugged.thread_named(action.pid, action.tid):
            return False
        return system.turn is Turn.GOES_ON and running.state is State.READY and running.call is None

    def _let_signals_act(self, actions: Sequence[Action]) -> set[tuple[int, int]]:
        """The signal that a thread has stopped for acts if its action names it; another may do so in its place.

        Those are returned that were sent so: the thread, and the signal.
        """
        sent = set()
        debugged = self._debugged
        stopped, due = debugged.open.signalled if debugged.open.signalled is not None else (0, 0)
        named = {}
        for action in reversed(actions):
            if action.tid is not None or action.signal:
                named[debugged.thread_named(action.pid, action.tid)] = action.signal or 0
        for tid, number in named.items():
            signal = signals.from_gdb(number) if number else 0
            if tid is None or signal is None or signal == (due if tid == stopped else 0):
                continue
            if tid == stopped:
                debugged.change(DropSignal(tid, due))
            if signal:
                debugged.change(SendSignal(tid, signal))
                sent.add((tid, signal))
        if stopped and stopped not in named:
            debugged.change(DropSignal(stopped, due))
        return sent
