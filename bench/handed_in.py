"""A class that hands in a lab: right submissions, wrong ones and hostile ones, as sources or as images.

What each kind of submission passes is known, so that a benchmark can assert its verdicts before it tells its time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vm import toolchain

SOURCE = Path(__file__).parent / "programs" / "handed_in.c"
ALL = frozenset(range(10))
KINDS: Mapping[str, frozenset[int]] = {
    "RIGHT": ALL,
    "RIGHT_TOO": ALL,
    "NO_WAIT": ALL - {2, 6},
    "WRONG_WORDS": ALL - {0},
    "WRONG_STATUS": ALL - {5},
    "FORGETS_CLOSE": ALL - {3},
    "TOO_MANY_FORKS": ALL - {9},
    "CRASHES": ALL - {7},
    "BOMB": frozenset(),
    "ENDLESS_OUTPUT": frozenset(),
    "ENDLESS_LOOP": frozenset(),
    "EATS_MEMORY": frozenset(),
    "SLEEPS": frozenset(),
    "NO_PROGRAM": frozenset(),
}
"""The tests that a kind of submission passes, by their numbers. SOURCE has a macro of each name."""
ROUND = (
    *(["RIGHT", "RIGHT_TOO", "NO_WAIT", "WRONG_WORDS", "WRONG_STATUS", "FORGETS_CLOSE", "TOO_MANY_FORKS"] * 2),
    "CRASHES", "BOMB", "RIGHT", "ENDLESS_OUTPUT", "RIGHT", "ENDLESS_LOOP", "RIGHT_TOO", "EATS_MEMORY", "RIGHT",
    "SLEEPS", "NO_PROGRAM", "RIGHT", "RIGHT_TOO", "RIGHT", "RIGHT", "RIGHT",
)  # fmt: skip
"""Kinds of submissions as they come, again and again: six of thirty are hostile or worse."""

TESTS = """\
forklore = 1
name = "What thirty hand in, ten times"

[programs.work]
source = {source}
flags = ["-O1"]

[defaults]
limits = {{ instructions = 5_000_000, calls = 5_000, memory = "32M", output = "64K" }}

[[tests]]
name = "says hello"
arguments = ["hello"]
output = "hello\\n"

[[tests]]
name = "adds"
arguments = ["add", "20", "22"]
output = "42\\n"

[[tests]]
name = "parent and child, in any order but the last"
arguments = ["fork"]
schedules = "every"
output = {{ one-of = ["child\\nparent\\n"] }}

[[tests]]
name = "a pipe has an end"
arguments = ["pipe"]
input = "one two\\nthree\\n"
output = "ONE TWO\\nTHREE\\n"

[[tests]]
name = "reads a file"
arguments = ["read", "/words"]
files = {{ "/words" = {{ text = "alpha beta\\n" }} }}
output = "alpha beta\\n"

[[tests]]
name = "ends with the status of its child"
arguments = ["status"]
output = ""
status = 7

[[tests]]
name = "waits for every child"
arguments = ["children"]
rules = {{ every-child-waited = true }}

[[tests]]
name = "dies of nothing"
arguments = ["pointer"]
output = "no pointer\\n"

[[tests]]
name = "writes a file"
arguments = ["write"]
creates = {{ "/out" = "written\\n" }}

[[tests]]
name = "forks three times"
arguments = ["three"]
rules = {{ forks-exactly = 3 }}
"""


def write_tests(folder: Path, *, compiled: bool) -> Path:
    """Write the tests of a class that hands in images, if ``compiled``, or sources."""
    path = folder / ("images.toml" if compiled else "sources.toml")
    path.write_text(TESTS.format(source='"work"' if compiled else '"work.c"'))
    return path


def hand_in(folder: Path, count: int, *, compiled: bool) -> list[tuple[Path, str]]:
    """Write so many submissions into ``folder``; return each with its kind."""
    images: dict[str, bytes] = {}
    made = []
    for number in range(count):
        kind = ROUND[number % len(ROUND)]
        own = folder / f"student-{number:04}"
        own.mkdir(parents=True)
        if kind == "NO_PROGRAM":
            (own / "README.md").write_text("I had no time.\n")
        elif compiled:
            if kind not in images:
                images[kind] = toolchain.build(SOURCE, ["-O1", f"-D{kind}"])
            (own / "work").write_bytes(images[kind])
        else:
            (own / "work.c").write_text(f"// Student {number}.\n#define {kind}\n{SOURCE.read_text()}")
        made.append((own, kind))
    return made
