"""``monitor when``: the present moment; and how a jump to another one is planned."""

from __future__ import annotations

from collections.abc import Iterator

from vm.debug.monitor.asking import Question
from vm.debug.monitor.places import name_of, thread_name, thread_place
from vm.debug.monitor.tables import paragraph
from vm.kernel.pausing import Moment
from vm.quantities import duration, plural
from vm.run import describe_ending

HOW = "`continue` or `reverse-continue` goes there"
"""How a jump that is planned is made."""


def moment_text(moment: Moment) -> str:
    """``clock 1,204``, and how many steps of the machine were made at that clock, if any were."""
    steps = f", step {moment.steps}" if moment.steps else ""
    return f"clock {moment.clock:,}{steps}"


def when(question: Question) -> Iterator[str]:
    """Yield the clock, how much has been executed, and where in the history that is."""
    kernel, history = question.kernel, question.history
    yield f"{moment_text(history.moment)}: {duration(kernel.clock)} of guest time"
    retired = f"{plural(kernel.retired, 'instruction')} retired"
    thread = question.thread
    if thread is not None:
        place = thread_place(kernel, thread)
        retired += f", {thread.retired:,} of them by thread {thread_name(thread)} of {name_of(thread.process)}"
        retired += f", at {place}" if place else ""
    yield from paragraph(retired)
    if history.is_past:
        behind = history.end.clock - history.moment.clock
        yield f"in the past: {behind:,} before the known end, {moment_text(history.end)}"
        return
    ending = kernel.system.ending
    if ending is None:
        yield "the present: nothing is known of what comes next"
        return
    yield from paragraph(f"the end of the run: {describe_ending(ending) or 'every process has ended'}")


def plan(question: Question, moment: Moment) -> Iterator[str]:
    """Let the session go to ``moment`` next, and say so."""
    history = question.history
    if moment == history.moment:
        yield f"this is {moment_text(moment)}: there is nowhere to go"
        return
    question.view.plan_goto(moment)
    yield from planned(question, moment)
    if moment > history.end:
        if history.run.kernel.system.ending is not None and not history.is_past:
            yield f"the run has ended at {moment_text(history.end)}: it goes no further than there"
        else:
            yield f"that is beyond what is known, {moment_text(history.end)}: the program runs on"


def planned(question: Question, moment: Moment) -> Iterator[str]:
    """Say which jump is planned."""
    yield from paragraph(f"planned: {moment_text(moment)}, {_direction(question.history.moment, moment)}; {HOW}")


def _direction(here: Moment, there: Moment) -> str:
    distance = there.clock - here.clock
    if distance:
        return f"{abs(distance):,} {'ahead' if distance > 0 else 'back'}"
    return "a few steps ahead" if there > here else "a few steps back"
