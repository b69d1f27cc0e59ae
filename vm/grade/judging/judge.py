"""What came of a run, but for rules, held against what a test expects: what explains most comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vm.grade.allowed import Allowed
from vm.grade.judging.ends import judge_dialogue, judge_signal, judge_status, judge_stop
from vm.grade.judging.texts import Named, judge_text
from vm.grade.lab import Test, Text
from vm.grade.observation import Observation
from vm.grade.verdict import Failure
from vm.text import printable, shortened

LONGEST = 100
"""Letters of a path."""


def judge(test: Test, observation: Observation, allowed: Allowed | None = None) -> list[Failure]:
    """Return all that is wrong with a run, but for what rules say; nothing where it is as expected.

    First come what ended the run before its time, a limit or that all wait for ever, and a signal; then a dialogue that
    was not finished, the output, the errors, the terminal, files by their paths, and the exit status. ``allowed`` are
    the texts that the reference solution can have. A failure of the kind "grader" is what could not be judged.
    """
    return list(_failures(test, observation, allowed))


def _failures(test: Test, observation: Observation, allowed: Allowed | None) -> Iterator[Failure]:
    expected = test.expected
    yield from judge_stop(observation)
    yield from judge_signal(test, observation)
    yield from judge_dialogue(test, observation)
    yield from _texts(expected.output, observation.output, Named("output", "the output"), allowed)
    yield from _texts(expected.errors, observation.errors, Named("errors", "what went to the errors"), allowed)
    yield from _texts(expected.terminal, observation.terminal, Named("terminal", "what the terminal shows"), allowed)
    for path in sorted(expected.files):
        yield from _file(path, expected.files[path], observation)
    yield from judge_status(test, observation)


def _texts(texts: Sequence[Text], data: bytes, named: Named, allowed: Allowed | None) -> Iterator[Failure]:
    for text in texts:
        failure = judge_text(text, data, named, allowed)
        if failure is not None:
            yield failure


def _file(path: str, texts: Sequence[Text], observation: Observation) -> Iterator[Failure]:
    shown = shortened(printable(path), LONGEST)
    if path not in observation.files:
        title = f"the run leaves no file {shown}"
        yield Failure(kind="file", what=shown, title=title, key=f"file:{shown}:missing")
        return
    yield from _texts(texts, observation.files[path], Named("file", f"the file {shown}", shown), None)
