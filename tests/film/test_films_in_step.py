"""Films side by side: what stands beside what, what is shown of both, and that one slider moves them."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from vm import Machine
from vm.film import Reel, html_of, record
from vm.film.frames import CAUSES

FORK, BANK = "programs/fork_isolation.s", "programs/vfork_global.s"
Opened = Callable[..., Page]


@cache
def reel_of(program: str, **settings: Any) -> Reel:
    run = Machine(memory=256 << 10, **settings).boot(program).start()
    return record(run.kernel, run.advance, head={"program": program})


def page_with(program: str, **named: dict[str, Any]) -> str:
    reels = [reel_of(program, **settings) for settings in named.values()]
    return html_of(reels, title="Two", head={"compared": [name.replace("_", "-") for name in named]})


@pytest.fixture(scope="module")
def strategies() -> str:
    return page_with(FORK, copy={"fork": "copy"}, cow={"fork": "cow"}, on_demand={"fork": "on-demand"})


def sides(page: Page) -> tuple[Frame, Frame]:
    left, right = (page.locator(f'[data-side="{side}"] iframe').element_handle() for side in ("left", "right"))
    frames = left.content_frame(), right.content_frame()
    assert frames[0] is not None
    assert frames[1] is not None
    return frames


def settle(page: Page) -> None:
    page.evaluate(
        "forklore.app.settled().then(() => Promise.all(forklore.comparison.sides.map((side) => side.app.settled())))"
    )


def moments(page: Page) -> list[int]:
    settle(page)
    return [frame.evaluate("forklore.app.state.moment") for frame in sides(page)]


def test_every_moment_of_both_has_its_place_and_clocks_agree(strategies: str, page_of: Opened) -> None:
    """Strategies do not change what a program does: where both films have something, it is at one guest time."""
    page = page_of(strategies)
    step = page.evaluate("forklore.film.inStep.moments.map((list) => Array.from(list))")
    for row, reel in zip(step, [reel_of(FORK, fork="copy"), reel_of(FORK, fork="cow")], strict=True):
        assert sorted(set(row)) == list(range(reel.moments))
        assert row == sorted(row)
    clocks = [reel_of(FORK, fork=name).column("moments", "clock").tolist() for name in ("copy", "cow")]
    for (a, b), (c, d) in itertools.pairwise(zip(*step, strict=True)):
        assert (c, d) in ((a + 1, b), (a, b + 1), (a + 1, b + 1))
        if (c, d) == (a + 1, b + 1):
            assert clocks[0][c] == clocks[1][d]
    assert page.locator("#in-step").inner_text().endswith("To the end in step by guest time.")


def longest_common(first: list[tuple[str, int]], second: list[tuple[str, int]]) -> int:
    """How many pairs of n-th events of a kind and thread have one order in both, by trying all."""

    def numbered(told: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
        return [(*event, told[:place].count(event)) for place, event in enumerate(told)]

    places = {event: place for place, event in enumerate(numbered(second))}
    values = [places[event] for event in numbered(first) if event in places]
    lengths: list[int] = []
    for place, value in enumerate(values):
        lengths.append(1 + max((lengths[i] for i in range(place) if values[i] < value), default=0))
    return max(lengths, default=0)


def test_films_go_together_as_far_as_they_can(strategies: str, page_of: Opened) -> None:
    """Random films of calls of two threads: as many pairs as there can be, and all rows are in order."""
    page = page_of(strategies)
    chance = random.Random(17)
    for _ in range(40):
        told = [
            [(chance.choice(["call", "fork", "page fault"]), chance.randrange(2)) for _ in range(chance.randrange(12))]
            for _ in range(2)
        ]
        rows, apart = page.evaluate(COMPARED, told)
        for side, events in zip(zip(*rows, strict=True), told, strict=True):
            assert sorted(set(side)) == list(range(len(events) + 1))
            assert list(side) == sorted(side)
        landmarks = [[event for event in events if event[0] != "page fault"] for events in told]
        both = sum(
            told[0][a - 1] == told[1][b - 1] and told[0][a - 1][0] != "page fault"
            for (x, y), (a, b) in itertools.pairwise(rows)
            if a > x and b > y
        )
        common = longest_common(*landmarks)
        assert both >= common
        assert (apart > 0) == (common < max(map(len, landmarks)))


COMPARED = """(told) => {
  const films = told.map((events) => ({
    count: events.length + 1, clock: (moment) => moment, clockText: String, eventKinds: ["call", "fork", "page fault"],
    lives: [{ tid: 2 }, { tid: 3 }],
    events: {
      count: events.length, moment: Uint32Array.from(events, (_, number) => number + 1),
      kind: Uint8Array.from(events, ([kind]) => ["call", "fork", "page fault"].indexOf(kind)),
      life: Int32Array.from(events, ([, life]) => life),
    },
  }));
  const step = new forklore.film.inStep.constructor(...films);
  return [step.moments[0].map((moment, row) => [moment, step.moments[1][row]]), step.isApart.filter(Boolean).length];
}"""


def test_one_slider_and_the_keys_move_both(strategies: str, page_of: Opened) -> None:
    page = page_of(strategies, "", viewport={"width": 1280, "height": 800})
    rows = page.evaluate("forklore.film.count")
    page.keyboard.press("End")
    assert moments(page) == [reel_of(FORK, fork=name).moments - 1 for name in ("copy", "cow")]
    page.locator("#slider").fill(str(rows // 2))
    assert moments(page) == page.evaluate(f"[0, 1].map((side) => forklore.film.momentOf(side, {rows // 2}))")
    left, right = sides(page)
    left.locator("#view-processes").click(position={"x": 200, "y": 12})
    page.keyboard.press("Home")  # pressed in the frame
    assert moments(page) == [0, 0]
    page.keyboard.press("]")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("]")
    settle(page)
    assert [frame.evaluate("forklore.app.state.life") for frame in (left, right)] == [1, 1]
    page.keyboard.press("e")
    assert [frame.locator("#view-events").is_visible() for frame in (left, right)] == [True, True]
    right.locator('[data-tab="process"]').click()
    assert [frame.locator("#view-process").is_visible() for frame in (left, right)] == [True, True]
    page.keyboard.press("/")
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    settle(page)
    assert [frame.evaluate("forklore.app.state.frame") for frame in (left, right)] == [8, 8]
    assert [frame.locator("#view-memory").is_visible() for frame in (left, right)] == [True, True]
    page.keyboard.press("d")
    settle(page)
    dark = [frame.evaluate("document.documentElement.dataset.theme") for frame in (page.main_frame, left, right)]
    assert len(set(dark)) == 1


def test_what_only_one_run_has_is_said(strategies: str, page_of: Opened) -> None:
    """The faults at which copy on write copies."""
    page = page_of(strategies)
    kind = page.evaluate("forklore.film.eventKinds.indexOf('page fault')")
    page.locator("#kind").select_option(str(kind))
    page.keyboard.press("Home")
    for _ in range(2):  # the first fault is that of a new page, on both sides
        page.locator("#next-event").click()
        settle(page)
    assert page.locator("#in-step b").inner_text() == "In step; only the right run has something here."
    assert "right: write at" in page.locator("#said").inner_text()
    for side, name in zip(("left", "right"), ("copy", "cow"), strict=True):
        told = page.locator(f'[data-side="{side}"] .figures').inner_text()
        assert told == figures(reel_of(FORK, fork=name), moments(page)[side == "right"])


def figures(reel: Reel, moment: int) -> str:
    """The figures above a side, counted from the tables."""
    uses = [dict(zip(reel.columns["uses"], row, strict=True)) for row in reel.tables["uses"].tolist()]
    copies = (CAUSES.index("fork-copied"), CAUSES.index("copied"))
    copied = sum(use["cause"] in copies and use["from"] <= moment for use in uses)
    present = [use for use in uses if use["from"] <= moment < use["to"]]
    tables = {use["frame"] for use in present if reel.head["uses"][use["use"]] in ("table", "root")}
    clock = reel.column("moments", "clock")[moment]
    frames = len({use["frame"] for use in present})
    return f"{copied * 4} KiB copied {frames} frames in use {len(tables)} page tables {clock:,} ns"


def test_another_film_is_chosen_and_the_address_tells(strategies: str, page_of: Opened) -> None:
    page = page_of(strategies, "clock=40&left=on-demand&right=copy")
    assert page.locator("select[aria-label^='What is on']").evaluate_all("(all) => all.map((one) => one.value)") == [
        "2", "0",
    ]  # fmt: skip
    clock = page.evaluate("forklore.film.clock(forklore.app.state.moment)")
    page.locator("[data-side='right'] select").select_option("1")
    page.evaluate("forklore.comparison.opened")
    assert page.evaluate("forklore.film.clock(forklore.app.state.moment)") == clock
    page.locator("#first").click()
    page.wait_for_url("**/*#left=on-demand")  # cow is on the right anyway
    assert [frame.evaluate("forklore.film.head.settings.strategy") for frame in sides(page)] == ["on-demand", "cow"]


def test_runs_that_go_different_ways_are_out_of_step(page_of: Opened) -> None:
    page = page_of(page_with(BANK, vfork={}, vfork_as_fork={"vfork_as_fork": True}))
    assert "Out of step" in page.locator("#in-step .quiet").inner_text()
    assert page.evaluate("forklore.film.eventKinds[0]") == "out of step"
    page.locator("#kind").select_option("0")
    page.keyboard.press("n")
    settle(page)
    assert page.locator("#in-step b").inner_text() == "Out of step: the two runs go different ways here."
    assert page.locator("#in-step").get_attribute("data-apart") == "true"


@pytest.mark.parametrize(("width", "height", "is_below"), [(1280, 800, False), (800, 600, False), (390, 844, True)])
def test_two_films_fit_a_screen(width: int, height: int, is_below: bool, strategies: str, page_of: Opened) -> None:
    page = page_of(strategies, viewport={"width": width, "height": height})
    boxes = [page.locator(f'[data-side="{side}"]').bounding_box() for side in ("left", "right")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert (boxes[1]["y"] > boxes[0]["y"]) == is_below
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
        width, height,
    ]  # fmt: skip
    assert json.dumps([frame.locator("#view-memory").is_visible() for frame in sides(page)]) == "[true, true]"
