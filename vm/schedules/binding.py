"""Machines that are recorded, or that repeat a schedule, and copies of these."""

from __future__ import annotations

from vm.kernel.kernel import Kernel
from vm.kernel.ports import Output, twin_of_output
from vm.schedules.hosts import RecordedHost, RepeatedHost
from vm.schedules.ports import LoggedInput, LoggedOutput, record_ports, repeating_console
from vm.schedules.recording import Recording
from vm.schedules.repeating import RepeatedChoices, Repetition


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


def repeating_copy(kernel: Kernel, repetition: Repetition) -> tuple[Kernel, Repetition]:
    """Make a copy of a machine that repeats a schedule which goes on repeating it."""
    twin, console, host = repetition.twin(), kernel.console, kernel.host
    assert isinstance(host, RepeatedHost)
    sinks = _twin_of_sink(console.output), _twin_of_sink(console.errors)
    at = console.input if isinstance(console.input, LoggedInput) else None
    made = repeating_console(twin, *sinks, at)
    copy = kernel.copy(made, kernel.chooser)
    copy.host = host.repeated_by(twin, made, copy.system.clock)
    return copy, twin


def _twin_of_sink(end: Output) -> Output:
    return twin_of_output(end.sink if isinstance(end, LoggedOutput) else end)
