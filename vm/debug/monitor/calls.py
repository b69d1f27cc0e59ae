"""``monitor calls``: the last system calls of a thread, as strace writes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from vm.debug.monitor.asking import Complaint, Question, pid_of
from vm.debug.monitor.replaying import Impatient, replay
from vm.debug.monitor.tables import paragraph
from vm.observe.strace import Form, Tracer
from vm.observe.strace.lines import Write
from vm.text import brief

USUAL, MOST = 10, 200
"""Lines that are told unless another number is asked for, and at most."""


def calls(question: Question) -> Iterator[str]:
    """Yield the last lines of the trace of a thread: of the present one, or of any that there is or was."""
    count, tid = _count(question.word(0)), _thread(question, question.word(1))
    kept: deque[str] = deque(maxlen=count)
    told = 0

    def keep(line: str) -> None:
        nonlocal told
        told += 1
        kept.append(line)

    def writer(pid: int) -> Write:
        return keep if pid == tid else _ignore

    again = replay(question)
    tracer = Tracer(again.rerun.kernel, _ignore, Form(has_clock=True), separate=writer)
    try:
        again.advance()
    except Impatient as error:
        yield from paragraph(str(error))
    tracer.flush()
    if not told:
        yield f"thread {tid} has made no system call so far"
        return
    yield f"thread {tid}, by the clock" + (f": the last {count} of {told:,} lines" if told > count else "")
    for line in kept:
        yield from paragraph(line, "", " " * 11)


def _thread(question: Question, word: str | None) -> int:
    if word is not None:
        return pid_of(word)
    return (question.thread or question.process(None).leader).tid


def _ignore(line: str) -> None:
    """The line is another thread's."""


def _count(word: str | None) -> int:
    if word is None:
        return USUAL
    if not (word.isascii() and word.isdigit() and len(word) < 10 and int(word) > 0):
        raise Complaint(f"{brief(word)} is no number of lines")
    return min(int(word), MOST)
