"""Tests of small programs, and a judge of texts, statuses and deadlocks that shares nothing with the product."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asm import Source, assemble
from tests.oracle.in_assembly import to_assembly
from tests.oracle.small_language import Body
from vm.grade.allowed import Allowed
from vm.grade.images import Images
from vm.grade.lab import Expected, How, Place, Test, Text
from vm.grade.observation import Observation
from vm.grade.verdict import Failure
from vm.settings import Settings

PLACE = Place("tests.toml", 1)
PATH = "/tree"


def image_of(program: Body | str | Path) -> bytes:
    """The image of a program in the small language, or of a source in assembly."""
    if isinstance(program, Path):
        program = program.read_text()
    text = program if isinstance(program, str) else to_assembly(program)
    image = assemble([Source("tree.s", text)]).image
    assert image is not None
    return image


def images_of(program: Body | str | Path) -> Images:
    """A lab with this program alone."""
    return Images({"tree": PATH}, {PATH: image_of(program)})


def text_of(how: How, *texts: str | bytes, **more: Any) -> Text:
    """What is expected of a text."""
    data = tuple(each.encode() if isinstance(each, str) else each for each in texts)
    return Text(how=how, texts=data, place=PLACE, **more)


def a_test(
    *output: Text, expected: Expected | None = None, instructions: int = 1_000_000, memory: int = 4 << 20, **more: Any
) -> Test:
    """A test of the program, which expects that of its output."""
    settings = Settings(memory=memory, instructions=instructions, output=1 << 16)
    return Test(
        name="small", program="tree", settings=settings, place=PLACE,
        expected=expected or Expected(output=output), **more,
    )  # fmt: skip


def is_met(text: Text, data: bytes, stream: str, allowed: Allowed | None) -> bool:
    """Tell whether a text is as expected: the words of a lab, in plain Python."""
    if text.how is How.REFERENCE:
        assert allowed is not None
        return allowed.permits(data, stream)
    if text.how is How.REGEX:
        return any(re.fullmatch(each, data, re.DOTALL) for each in text.texts)
    if text.how is How.LACKS:
        return all(each not in data for each in text.texts if each)
    if text.how is How.CONTAINS:
        at = 0
        for each in text.texts:
            at = data.find(each, at)
            if at < 0:
                return False
            at += len(each)
        return True
    assert text.how in (How.EXACT, How.ONE_OF), "patterns are for a judge that knows them"
    if text.space is not text.space.EXACT:
        return data.split() in [each.split() for each in text.texts]
    return data in text.texts


def judge(test: Test, run: Observation, allowed: Allowed | None) -> Sequence[Failure]:
    """Say what is wrong with a run, but for rules and files."""
    expected, found = test.expected, []
    streams = {"output": expected.output, "errors": expected.errors, "terminal": expected.terminal}
    for stream, texts in streams.items():
        data = getattr(run, stream)
        found += [_failure(stream, data) for text in texts if not is_met(text, data, stream, allowed)]
    if run.stuck:
        found.append(_failure("deadlock", b"; ".join(each.encode() for each in run.stuck)))
    elif run.limit:
        found.append(_failure("limit", run.limit.encode()))
    elif expected.status is not None and run.exit_code not in expected.status:
        found.append(_failure("status", str(run.exit_code).encode()))
    return found


def _failure(kind: str, came: bytes) -> Failure:
    return Failure(kind=kind, title=f"wrong {kind}", came=(repr(came),), key=kind)
