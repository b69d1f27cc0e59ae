"""Verdicts on classes with any texts whatever, for hypothesis: also such as a verdict does not have."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from tests.grade.reports.verdicts import HOSTILE
from vm.grade.lab import Visibility
from vm.grade.verdict import ClassVerdict, Failure, Losing, State, TestVerdict, Verdict

QUIETLY = settings(max_examples=60, deadline=None)
"""How often a property is tried; that it takes long on a busy computer says nothing."""
ANY = st.text(max_size=12) | st.text(st.characters(), max_size=6) | st.sampled_from(HOSTILE)
"""Texts: surrogates, control characters and what is no character among them."""
LINES = st.lists(ANY, max_size=3).map(tuple)
POINTS = st.floats(0, 1000) | st.integers(0, 10).map(float)
FAILURES = st.builds(
    Failure, kind=ANY, what=ANY, title=ANY, expected=LINES, came=LINES, details=LINES, key=ANY,
    losing=st.none() | st.builds(Losing, schedule=ANY, depends=st.booleans()),
)  # fmt: skip
TESTS = st.builds(
    TestVerdict, name=ANY, state=st.sampled_from(State), points=POINTS, out_of=POINTS,
    visibility=st.sampled_from(Visibility), hint=ANY, ran=ANY, schedules=ANY, reason=ANY,
    failures=st.lists(FAILURES, max_size=2).map(tuple),
)  # fmt: skip
VERDICTS = st.builds(
    Verdict, name=ANY, digest=ANY, tests=st.lists(TESTS, max_size=3).map(tuple), remarks=LINES,
    warnings=st.dictionaries(ANY, LINES, max_size=2),
)  # fmt: skip
CLASSES = st.builds(
    ClassVerdict, lab=ANY, lab_digest=ANY, seed=st.integers(0, 9), verdicts=st.lists(VERDICTS, max_size=3).map(tuple)
)
