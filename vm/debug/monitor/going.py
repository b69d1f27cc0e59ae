"""``monitor goto``: another moment to go to, by its clock, by its distance, or by what happened there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vm.debug.monitor.asking import Complaint, Question
from vm.debug.monitor.lasts import goto_last
from vm.debug.monitor.moments import moment_text, plan, planned
from vm.kernel.pausing import Moment
from vm.spelling import suggestion
from vm.text import brief

LARGEST = (1 << 60) - 1
"""The largest clock that a run can reach."""
BEGINNING = Moment(0, 0)
_WORDS = ("begin", "end", "last")
_CLOCK = re.compile(r"[+-]?[0-9][0-9_,]{0,30}", re.ASCII)


def goto(question: Question) -> Iterator[str]:
    """Plan a jump to a clock, by so much of it, or to the beginning or the known end."""
    word = question.word(0)
    if word is None:
        if question.view.goal is None:
            raise Complaint("goto where? A clock, +N, -N, begin, end, or `last` and an event")
        yield from planned(question, question.view.goal)
        return
    if word and "last".startswith(word):
        yield from goto_last(question)
        return
    if len(question.words) > 1:
        raise Complaint(f"{brief(question.words[1])} is too much: goto {brief(word)}")
    yield from plan(question, _wanted(question, word))


def _wanted(question: Question, word: str) -> Moment:
    history = question.history
    if word and word.isalpha():
        if "begin".startswith(word):
            return BEGINNING
        if "end".startswith(word):
            return history.end
    if _CLOCK.fullmatch(word) is None:
        raise Complaint(f"{brief(word)} is no clock{suggestion(word, _WORDS)}: a number, +N, -N, begin, end or last")
    number = int(word.replace(",", "").replace("_", ""))
    clock = history.moment.clock + number if word[0] in "+-" else number
    if clock < 0:
        raise Complaint(f"that is {-clock:,} before the beginning, clock 0; this is {moment_text(history.moment)}")
    if clock > LARGEST:
        raise Complaint(f"clock {brief(clock)} is beyond the largest, {LARGEST:,}")
    return Moment(clock, 0)
