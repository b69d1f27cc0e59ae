"""Machines that are recorded, or that repeat a schedule, and copies of these."""

from __future__ import annotations

from vm.kernel.kernel import Kernel
from vm.kernel.ports import Output, twin_of_output
from vm.schedules.hosts import RecordedHost, RepeatedHost, RetracedHost
from vm.schedules.ports import LoggedInput, LoggedOutput, record_ports, repeating_console
from vm.schedules.recording import Recording
from vm.schedules.repeating import RepeatedChoices, Repetition
from vm.schedules.rereading import RereadInput, host_input, retrace_ports, retracing_console
from vm.schedules.retracing import Retrace, Trace
from vm.schedules.schedule import Schedule


def record(kernel: Kernel) -> Recording:
    """Record what a machine that has not been started meets from now on."""
    recording = Recording()
    record_ports(kernel.console, recording)
    kernel.host = RecordedHost(recording, kernel.settings.seconds, kernel.console, kernel.system.clock)
    return recording


def repeat(kernel: Kernel, repetition: Repetition) -> None:
    """Let a machine that has not been started, whose console repeats a schedule, have its choices and host, too."""
    schedule = repetition.schedule
    seconds = schedule.settings.get("seconds")
    limit = seconds if isinstance(seconds, int | float) else None
    kernel.host = RepeatedHost(repetition, limit, kernel.console, kernel.system.clock)
    kernel.processes.numbers.add(schedule.numbers)
    if schedule.watched:
        kernel.watch().set_words(schedule.watched)
    if schedule.choices:
        kernel.chooser = RepeatedChoices(schedule.choices)


def copy_repeating(kernel: Kernel, log: Repetition | Retrace) -> tuple[Kernel, Repetition | Retrace]:
    """Make a copy of a machine that repeats something which goes on repeating it; return it with its log."""
    return _repeating_copy(kernel, log) if isinstance(log, Repetition) else _retracing_copy(kernel, log)


def _repeating_copy(kernel: Kernel, repetition: Repetition) -> tuple[Kernel, Repetition]:
    """Make a copy of a machine that repeats a schedule which goes on repeating it."""
    twin, console, host = repetition.twin(), kernel.console, kernel.host
    assert isinstance(host, RepeatedHost)
    sinks = _twin_of_sink(console.output), _twin_of_sink(console.errors)
    at = console.input if isinstance(console.input, LoggedInput) else None
    made = repeating_console(twin, *sinks, at)
    copy = kernel.copy(made, kernel.chooser)
    copy.host = host.repeated_by(twin, made, copy.system.clock)
    return copy, twin


def retrace(kernel: Kernel, schedule: Schedule | None) -> Retrace:
    """Let a machine, which repeats this schedule if any, be one that can be taken back from now on by copies of it."""
    console, host = kernel.console, kernel.host
    log = Retrace(Trace(host_input(console), schedule, host.left))
    log.is_live = True
    retrace_ports(console, log)
    kernel.host = RetracedHost(log, kernel.settings.seconds, console, kernel.system.clock)
    kernel.host.keys, kernel.host.steps = host.keys, host.steps
    _hurry(kernel)
    return log


def _retracing_copy(kernel: Kernel, log: Retrace) -> tuple[Kernel, Retrace]:
    """Make a copy of a machine that can be taken back, which has the same past."""
    twin, host = log.twin(), kernel.host
    assert isinstance(host, RetracedHost)
    console = retracing_console(kernel.console, twin)
    copy = kernel.copy(console, kernel.chooser)
    copy.host = host.retraced_by(twin, console, copy.system.clock)
    _hurry(copy)
    return copy, twin


def _hurry(kernel: Kernel) -> None:
    """Let input know when it is not to be waited for."""
    if isinstance(kernel.console.input, RereadInput):
        kernel.console.input.is_hurried = kernel.is_hurried


def _twin_of_sink(end: Output) -> Output:
    return twin_of_output(end.sink if isinstance(end, LoggedOutput) else end)
