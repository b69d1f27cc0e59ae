"""What a film says of each use of a frame: since when, how it began, and what was copied for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.film.conftest import Watched
from vm import Machine
from vm.film import html_of, record

READ = """
() => {
  const { film } = forklore, moments = Array.from({ length: film.count }, (_, moment) => moment);
  return {
    everUsed: [...film.everUsed], uses: moments.map((moment) => film.uses(moment)),
    kept: moments.map((moment) => film.keptAt(moment)),
    stories: Object.fromEntries([...film.everUsed].map((frame) => [frame, film.story(frame)])),
  };
}
"""


@pytest.mark.parametrize("fork", ["copy", "cow"])
def test_a_use_tells_how_it_began_and_what_was_copied(page_of: Watched, fork: Any) -> None:
    run = Machine(fork=fork).boot("programs/fork_isolation.s").start()
    reel = record(run.kernel, run.advance)
    rows, kept = (
        [dict(zip(reel.columns[name], row, strict=True)) for row in reel.tables[name].tolist()]
        for name in ("uses", "kept")
    )
    found = page_of(html_of([reel])).evaluate(READ)
    assert found["everUsed"] == sorted({row["frame"] for row in rows})
    for moment in range(reel.moments):
        now = [row for row in rows if row["from"] <= moment < row["to"]]
        assert [(use["frame"], use["from"], use["other"]) for use in found["uses"][moment]] == [
            (row["frame"], row["from"], row["origin"]) for row in now
        ]
        for use in found["uses"][moment]:
            story = found["stories"][str(use["frame"])]
            assert use["kind"] in [entry["kind"] for entry in story if entry["moment"] == use["from"]]
        assert found["kept"][moment] == [row["frame"] for row in kept if row["moment"] == moment]
    assert sum(map(len, found["kept"])) == (fork == "cow")
