"""What a film of a long run costs: the size of its page, the time that it takes to open, and that of a step.

Fifty processes make a million events. What the page shows is asserted before its time counts. Where benchmarks run
once, as tests, the run is shorter.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from bench.targets import Target
from forklore import Machine
from tests.film.browsing import FLAGS, NAMES
from vm.film import Reel, html_of, record

pytestmark = pytest.mark.benchmark(group="film")
PROGRAM = Path(__file__).parent / "programs" / "fifty.s"
MEBIBYTE = 1 << 20
STEPS = """async () => {
  const { app, film } = window.forklore, costs = [];
  let at = 1;
  for (let number = 0; number < 100; number++) {
    at = (at * 48271) % 2147483647;
    app.show({ moment: at % film.count, life: at % film.lives.length });
    await app.settled();
    costs.push(app.cost);
  }
  return costs.sort((one, other) => one - other);
}"""


def check(benchmark: Any, what: str, value: float, limit: float) -> None:
    """``value`` is ``limit`` at most, where benchmarks are measured."""
    benchmark.extra_info[what] = value
    if benchmark.enabled:
        target = Target(what, value, limit)
        assert target.is_met, target.texts


def filmed(rounds: int) -> tuple[Reel, float]:
    """A film of the fifty, and the seconds of the processor that recording takes."""
    source = PROGRAM.read_text().replace("ROUNDS, 6800", f"ROUNDS, {rounds}")
    run = Machine(files={"/fifty.s": source.encode()}).boot("/fifty.s", keep=False).start()
    begin = process_time()
    reel = record(run.kernel, run.advance, head={"program": "fifty.s"})
    return reel, process_time() - begin


@pytest.fixture
def page() -> Iterator[Page]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on this computer")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser.new_page(viewport={"width": 1280, "height": 800})
        browser.close()


def test_a_million_events_of_fifty_processes(benchmark: Any, page: Page, tmp_path: Path) -> None:
    rounds = 6800 if benchmark.enabled else 20
    reel, seconds = benchmark.pedantic(lambda: filmed(rounds), rounds=1)
    events = len(reel.tables["events"])
    assert reel.head["outcome"] == "exit status 0"
    assert len(reel.tables["lives"]) == 50
    assert events >= 147 * rounds
    html = html_of([reel], title="fifty processes")
    (tmp_path / "fifty.html").write_text(html)
    page.goto((tmp_path / "fifty.html").as_uri())
    page.evaluate("window.forklore.ready")
    opened = page.evaluate("performance.now()")
    count = page.evaluate("[window.forklore.film.count, window.forklore.film.events.count]")
    assert count == [reel.moments, events]
    costs = page.evaluate(STEPS)
    assert len(costs) == 100
    check(benchmark, "events", -events, -1_000_000)
    check(benchmark, "size of the page, MiB", len(html) / MEBIBYTE, 5)
    check(benchmark, "until it is open, s", opened / 1000, 2)
    check(benchmark, "a step, median of 100, ms", costs[50], 50)
    check(benchmark, "a step, the 90th of 100, ms", costs[90], 50)
    check(benchmark, "recording, ms a moment", 1000 * seconds / reel.moments, 1)
