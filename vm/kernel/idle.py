"""What the loop hears of the world outside: input, keys, the time.

And what it means that nobody in the machine can run: time passes, as the host's or for nothing, or the run is over.
"""

from __future__ import annotations

from vm.abi import NANOSECONDS, SI_KERNEL, Signal
from vm.kernel import due
from vm.kernel.kernel import Kernel
from vm.kernel.ports import has_input
from vm.kernel.process.timers import NEVER
from vm.kernel.signals.sending import send
from vm.kernel.signals.state import SignalInfo

KEY_SIGNALS = (Signal.SIGINT, Signal.SIGTSTP)
"""What keys at a terminal send."""


def listen(kernel: Kernel) -> None:
    """Hear what the host has to say: somebody at the terminal sent a signal. MachineStopped when the time is up."""
    host = kernel.host
    if host.is_timed:
        host.check_time()
    while host.signals:
        signal = host.take_signal()
        for process in kernel.foreground():
            send(kernel, process, SignalInfo.of(signal, SI_KERNEL))


def look_for_input(kernel: Kernel) -> None:
    """Somebody waits for input, or has to because a signal came first: wake them when there is some.

    Unless it is typed, the machine stands still until there is, or until those have run whom a signal woke.
    """
    kernel.host.steps += 1
    listen(kernel)
    scheduler, source = kernel.scheduler, kernel.console.input
    if not scheduler.is_awaited("console"):
        return
    kernel.host.is_looking = True
    if has_input(source):
        scheduler.wake("console")
    kernel.host.is_looking = False


def let_time_pass(kernel: Kernel) -> bool:
    """Nobody can run: skip to the next moment at which somebody can. False when there is none.

    Where somebody waits at a terminal, and in real time, it passes as the host's; otherwise it costs nothing.
    """
    kernel.host.steps += 1
    listen(kernel)
    moment = kernel.timers.next
    if kernel.scheduler.is_anyone_ready:
        return True
    if kernel.scheduler.is_awaited("console"):
        if kernel.console.input.is_live:
            _wait_for_the_terminal(kernel, moment)
    elif moment < NEVER:
        if kernel.settings.real_time:
            _sleep(kernel, moment)
        else:
            kernel.system.clock.skip_to(moment)
    elif not _give_way(kernel):
        return False
    due.expire(kernel)
    return True


def _wait_for_the_terminal(kernel: Kernel, moment: int) -> None:
    left = kernel.host.left
    idle = None if moment == NEVER else moment - kernel.clock
    waits = [left] if idle is None else [left, idle / NANOSECONDS]
    seconds = min((seconds for seconds in waits if seconds is not None), default=None)
    passed = kernel.host.wait_for_input(seconds, idle)
    kernel.system.clock.skip_to(min(moment, kernel.clock + passed))


def _sleep(kernel: Kernel, moment: int) -> None:
    """Let the host's time pass until ``moment``, or until somebody sends a signal."""
    passed = kernel.host.sleep(moment - kernel.clock)
    kernel.system.clock.skip_to(min(moment, kernel.clock + passed))
    kernel.host.steps += 1
    listen(kernel)


def _give_way(kernel: Kernel) -> bool:
    """Only a key can make somebody run: wait for one, or stop where the stop key has stopped everybody.

    False without keys, and where nobody has a handler for what they send.
    """
    host, members = kernel.host, kernel.foreground()
    stopped = [process for process in members if process.stopped]
    if not host.has_keys:
        return False
    if stopped:
        host.stop_machine()
        for process in stopped:
            send(kernel, process, SignalInfo.of(Signal.SIGCONT, SI_KERNEL))
    elif any(process.signals.action(signal) is None for process in members for signal in KEY_SIGNALS):
        host.wait_for_key()
    else:
        return False
    return True
