"""All hostile submissions: 200 and some, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from random import Random

from tests.grade.hostile.archives import archives
from tests.grade.hostile.bombs import bombs
from tests.grade.hostile.folders import folders
from tests.grade.hostile.images import images
from tests.grade.hostile.planting import Hostile
from tests.grade.hostile.sources import sources
from tests.grade.hostile.spies import spies

SLICE = (
    "fork", "brk", "descriptors by pipes", "a loop", "markup", "what XML has not",
    "waits for itself", "kills each number", "looks everywhere", "lists everything", "hangs where it is graded",
    "source: pragmas", "source that reads 0", "source that reads 3", "source that reads 7", "assembly: repetition",
    "image: a segment of 4 GiB", "image damaged 3", "<script>alert(1)</script>", "\u202egnp.c", "link 0", "a pipe",
    "a file of a GiB", "strange names", "outside.zip", "links.tar", "a lie.zip",
)  # fmt: skip
"""The names of some of all kinds, which take little time."""


def hostile_submissions(secrets: Sequence[str], seed: int = 1) -> list[Hostile]:
    """Return all of them; ``secrets`` are paths of the host where something lies that is not theirs."""
    random = Random(seed)
    made = [
        *chain(bombs(random), spies(secrets), sources(secrets), images(random), folders(secrets), archives(secrets))
    ]
    assert len({each.name for each in made}) == len(made)
    return made
