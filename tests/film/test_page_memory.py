"""The view of physical memory: each cell says of its frame what the film says, and each way out leads where it says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.film.conftest import Watched
from vm import Machine
from vm.film import html_of, record
from vm.film.frames import CAUSES
from vm.film.reel import Reel

FORK, VFORK = "programs/fork_isolation.s", "programs/vfork_global.s"
READ = """
async (moments) => {
  const { film, app } = forklore, found = [];
  const all = (name) => [...document.querySelectorAll("#view-memory " + name)];
  for (const moment of moments ?? Array.from({ length: film.count }, (_, moment) => moment)) {
    app.show({ moment });
    await app.settled();
    const kinds = film.eventsOf(moment).map((number) => film.eventKinds[film.events.kind[number]]);
    const spaces = Object.fromEntries(film.spaces.map((space) => [space, film.owners(space, moment)]));
    found.push({
      moment, kinds, spaces, uses: film.uses(moment), used: film.used(moment), frames: film.frames,
      lives: film.lives.map((life) => life.pid),
      cells: Object.fromEntries(all("[data-frame]").map((cell) => [cell.dataset.frame, {
        classes: [...cell.classList], label: cell.getAttribute("aria-label"),
        ...Object.fromEntries(["letters", "word", "sign", "users", "tag"].map((name) =>
          [name, cell.querySelector("." + name).textContent])),
      }])),
      order: all("[data-frame]").map((cell) => Number(cell.dataset.frame)),
      arrows: all("[data-to]").map(({ dataset: { from, to, count } }) => [from, to, count].map(Number)),
      sentence: all(".memory-sentence")[0].textContent, figures: all(".figure").map((one) => one.textContent),
      owners: all(".memory-owners li").map((one) => one.textContent),
      rows: all(".frame-row").map((row) => row.textContent),
    });
  }
  return found;
}
"""
ROOM = {"width": 1600, "height": 1000}
"""A window in which a small program's frames have the largest cells, and are in sight together."""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], tuple[Path, Reel]]:
    """The film of a program under a strategy: the page in a file, and what was recorded."""
    made: dict[tuple[str, str], tuple[Path, Reel]] = {}
    folder = tmp_path_factory.mktemp("films")

    def film(program: str, fork: str) -> tuple[Path, Reel]:
        if (program, fork) not in made:
            run = Machine(fork=fork).boot(program).start()  # type: ignore[arg-type]
            reel = record(run.kernel, run.advance, head={"program": program})
            path = folder / f"{len(made)}.html"
            path.write_text(html_of([reel], title=program))
            made[program, fork] = path, reel
        return made[program, fork]

    return film


@pytest.fixture
def reading(films: Callable[[str, str], tuple[Path, Reel]], page_of: Watched) -> Callable[[str, str], list[Any]]:
    """What the view shows of a film, moment by moment; each film is read once."""

    def read(program: str, fork: str) -> list[Any]:
        path, _ = films(program, fork)
        if path not in READ_BEFORE:
            READ_BEFORE[path] = page_of(path, viewport=ROOM).evaluate(READ, None)
        return READ_BEFORE[path]

    return read


READ_BEFORE: dict[Path, list[Any]] = {}


def column(reel: Reel, name: str) -> list[dict[str, int]]:
    """A table of a reel, a row at a time."""
    return [dict(zip(reel.columns[name], row, strict=True)) for row in reel.tables[name].tolist()]


def users(seen: dict[str, Any]) -> dict[int, tuple[set[str], set[str]]]:
    """Of each frame in use: what for, and the letters of those whose spaces use it, counted from what the film says."""
    pids = list(dict.fromkeys(seen["lives"]))
    found: dict[int, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for use in seen["uses"]:
        found[use["frame"]][0].add(use["use"])
        if use["use"] in ("page", "table", "root"):
            owners = seen["spaces"][str(use["space"])]
            found[use["frame"]][1].add(chr(65 + pids.index(seen["lives"][owners[0]])) if owners else "?")
    return found


def pushed(page: Page, text: str) -> None:
    """Push a button of the view."""
    page.locator("#view-memory button", has_text=re.compile(f"^{re.escape(text)}$")).click()
    page.evaluate("forklore.app.settled()")


@pytest.mark.parametrize(("program", "fork"), [(FORK, "copy"), (FORK, "cow"), (FORK, "on-demand"), (VFORK, "copy")])
def test_each_cell_says_who_uses_its_frame_and_for_what(
    reading: Callable[..., list[Any]], program: str, fork: str
) -> None:
    for seen in reading(program, fork):
        used = users(seen)
        assert used.keys() <= {int(frame) for frame in seen["cells"]}
        for frame, cell in seen["cells"].items():
            uses, letters = used.get(int(frame), (set(), set()))
            is_freed = "was-freed" in cell["classes"]
            assert ("is-free" in cell["classes"]) == (not uses), (seen["moment"], frame)
            assert is_freed or cell["letters"] == ("".join(sorted(letters)) or ("•" if uses else ""))
            assert cell["tag"] == ("R" if "root" in uses else "T" if "table" in uses else "")
            assert ("is-split" in cell["classes"]) == (len(letters) > 1)
            assert cell["users"] == (str(len(letters)) if len(letters) > 1 else "")
            assert f"frame {frame}: " in cell["label"]
            assert not letters or (f"{' and '.join(sorted(letters))}" in cell["label"])
        tables = sum(bool(uses & {"table", "root"}) for uses, _ in used.values())
        assert f"{len(used)} of {seen['frames']:,} frames in use" in seen["figures"]
        assert any(re.fullmatch(rf"{tables} page tables?", figure) for figure in seen["figures"])
        assert f"{seen['frames'] - len(used):,} free" in seen["figures"]
        for letter in {letter for _, letters in used.values() for letter in letters}:
            mine = [letters for _, letters in used.values() if letter in letters]
            alone = sum(len(letters) == 1 for letters in mine)
            [line] = [line for line in seen["owners"] if line.startswith(letter)]
            rest = f", {len(mine) - alone} shared with others" if alone < len(mine) else ""
            both = f" in it: {alone} frames for both{rest}"
            assert line.endswith(both if " in it:" in line else f" {alone} alone, {len(mine) - alone} shared")


def moments(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """What was read of the moments that have an event of a kind."""
    return [seen for seen in found if kind in seen["kinds"]]


def changed(seen: dict[str, Any], change: str) -> set[int]:
    """The frames of which it is marked that this became of them at the moment."""
    return {int(frame) for frame, cell in seen["cells"].items() if f"was-{change}" in cell["classes"]}


@pytest.mark.parametrize("fork", ["copy", "cow", "on-demand"])
def test_what_a_fork_and_the_first_writes_do_is_marked(
    films: Callable[..., tuple[Path, Reel]], reading: Callable[..., list[Any]], fork: str
) -> None:
    _, reel = films(FORK, fork)
    found = reading(FORK, fork)
    uses = column(reel, "uses")
    for before, seen in pairwise(found):
        was, now = users(before), users(seen)
        copied = {(use["origin"], use["frame"]) for use in uses
                  if use["from"] == seen["moment"] and use["origin"] >= 0}  # fmt: skip
        assert changed(seen, "taken") | changed(seen, "copied") >= now.keys() - was.keys()
        assert changed(seen, "freed") == was.keys() - now.keys()
        assert changed(seen, "shared") == {frame for frame in was if was[frame][1] < now.get(frame, was[frame])[1]}
        assert {(start, end) for start, end, _ in seen["arrows"]} >= copied
        assert {end for _, end, _ in seen["arrows"]} == changed(seen, "copied")
        assert changed(seen, "split") == {start for start, *_ in seen["arrows"] if now[start][1] < was[start][1]}
        freed, left = changed(seen, "freed"), changed(seen, "left")
        assert len(freed) < 2 or f"{len(freed)} frames were freed" in seen["sentence"]
        assert ("no longer shared" in seen["sentence"]) == any(len(now[frame][1]) == 1 for frame in left)
        assert ("no frame changed hands" in seen["sentence"].lower()) == (
            not any(changed(seen, each) for each in MARKS)
        )
    [forked] = moments(found, "fork")
    tables = {frame for frame, (kinds, _) in users(forked).items() if "table" in kinds}
    assert forked["sentence"].startswith("fork: ")
    assert len(changed(forked, "copied")) == (3 if fork == "copy" else 0)
    assert bool(changed(forked, "shared") & tables) == (fork == "on-demand")
    split = [seen for seen in found if changed(seen, "split")]
    assert bool(split) == (fork != "copy")
    assert all("split" in seen["sentence"] and "a copy of frame" in seen["sentence"] for seen in split[-1:])


MARKS = ("taken", "copied", "freed", "shared", "split", "left", "mapped", "moved", "kept")


def test_a_vfork_changes_no_frame_and_says_so(reading: Callable[..., list[Any]]) -> None:
    [seen] = moments(reading(VFORK, "copy"), "vfork")
    assert seen["sentence"] == "vfork: no frame changed hands; B is in A’s address space"
    assert not [cell for cell in seen["cells"].values() if "is-changed" in cell["classes"]]
    assert seen["owners"] == [
        f"A with B in it: {sum(letters == {'A'} for _, letters in users(seen).values())} frames for both"
    ]


def test_gaps_hide_no_frame_that_is_ever_used(
    films: Callable[..., tuple[Path, Reel]], reading: Callable[..., list[Any]]
) -> None:
    _, reel = films(FORK, "copy")
    seen = reading(FORK, "copy")[0]
    shown = set(map(int, seen["cells"]))
    assert shown >= {use["frame"] for use in column(reel, "uses")}
    gaps = [re.fullmatch(r"… ([\d,]+) frames never used \(([\d,]+)–([\d,]+)\)", row) for row in seen["rows"]]
    numbers = [[int(text.replace(",", "")) for text in gap.groups()] for gap in gaps if gap]
    for count, first, last in numbers:
        assert last - first + 1 == count
        assert not shown & set(range(first, last + 1))
    assert len(shown) + sum(count for count, *_ in numbers) == seen["frames"]


def test_on_a_large_screen_a_story_stands_beside_the_cells(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched
) -> None:
    page = page_of(films(FORK, "copy")[0], viewport=ROOM)
    page.locator("#view-memory .enlarge").click()
    state(page)
    assert page.locator(".story-hint").is_visible()
    cell = page.locator("[data-frame]").nth(3)
    before = cell.bounding_box()
    cell.click()
    state(page)
    story, scroller = (page.locator(name).bounding_box() for name in (".frame-story", ".frame-scroller"))
    assert before == cell.bounding_box()
    assert story
    assert scroller
    assert story["x"] >= scroller["x"] + scroller["width"]
    assert page.locator(".story-hint").is_hidden()


def test_by_owner_each_frame_in_use_is_shown_once(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched, reading: Callable[..., list[Any]]
) -> None:
    page = page_of(films(FORK, "cow")[0], viewport={"width": 1600, "height": 1800})
    pushed(page, "by owner")
    for seen in page.evaluate(READ, [each["moment"] for each in reading(FORK, "cow") if each["moment"] % 3 == 0]):
        freed = changed(seen, "freed")
        assert sorted(seen["order"]) == sorted([*users(seen), *freed])
        address = {use["frame"]: use["address"] for use in reversed(seen["uses"])}
        for letters in {"".join(sorted(each)) for _, each in users(seen).values() if each}:
            mine = [frame for frame in seen["order"] if users(seen).get(frame, (0, 0))[1] == set(letters)]
            pages = [frame for frame in mine if not users(seen)[frame][0] & {"table", "root"}]
            assert mine[: len(pages)] == sorted(pages, key=lambda frame: address[frame])
        together = [letters for _, letters in users(seen).values()]
        for letters in {"".join(sorted(each)) for each in together if len(each) > 1}:
            count = sum("".join(sorted(each)) == letters for each in together)
            assert [row for row in seen["rows"] if f"shared by {' and '.join(letters)}: {count} frame" in row]


def test_the_table_says_the_same_in_words(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched, reading: Callable[..., list[Any]]
) -> None:
    page = page_of(films(FORK, "cow")[0], viewport=ROOM)
    [seen] = moments(reading(FORK, "cow"), "fork")
    page.evaluate("(moment) => forklore.app.show({ moment })", seen["moment"])
    pushed(page, "table")
    told: dict[int, list[str]] = {}
    for row in page.locator("#view-memory tbody tr").all():
        frames, *rest = row.locator("th, td").all_text_contents()
        first, *last = (int(text.replace(",", "")) for text in frames.split("–"))
        told |= dict.fromkeys(range(first, (last or [first])[0] + 1), rest)
    used = users(seen)
    assert told.keys() == used.keys()
    for frame, (_, letters) in used.items():
        assert told[frame][1] == " and ".join(sorted(letters))
        assert bool(told[frame][2]) == ("is-changed" in seen["cells"][str(frame)]["classes"])


STATE = "(() => { const { moment, life, frame, page } = forklore.app.state; return { moment, life, frame, page }; })()"


def state(page: Page) -> dict[str, int]:
    """What the page shows, once it has been drawn."""
    page.evaluate("forklore.app.settled()")
    return page.evaluate(STATE)


def test_a_click_on_a_frame_tells_its_story_and_each_entry_leads_to_its_moment(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched
) -> None:
    path, reel = films(FORK, "cow")
    copy = next(use for use in column(reel, "uses") if use["cause"] == CAUSES.index("copied"))
    page = page_of(path, viewport=ROOM)
    page.evaluate("(moment) => forklore.app.show({ moment })", copy["from"])
    assert page.locator(".frame-story").is_hidden()
    page.locator(f"[data-frame='{copy['frame']}']").click()
    assert state(page)["frame"] == copy["frame"]
    assert page.locator(".frame-story h3").inner_text() == f"Frame {copy['frame']}"
    story = page.evaluate(f"forklore.film.story({copy['frame']})")
    clocks = page.evaluate(f"forklore.film.story({copy['frame']}).map((one) => forklore.film.clock(one.moment))")
    entries = page.locator(".story-entry")
    assert entries.count() == len(story)
    for entry, clock, line in zip(
        story, clocks, page.locator(".story-entries li:has(.story-entry)").all(), strict=True
    ):
        told = line.inner_text()
        assert f"{clock:,} ns" in told
        assert entry["text"] in told
        assert not entry["file"] or f"{entry['file']}:{entry['line']}" in told
        current = line.locator(".story-entry").get_attribute("aria-current")
        assert (current == "true") == (entry["moment"] == copy["from"])
    entries.last.click()
    assert state(page)["moment"] == story[-1]["moment"]
    page.get_by_role("button", name=f"to frame {copy['origin']}").click()
    assert state(page)["frame"] == copy["origin"]
    page.locator(f"[data-frame='{copy['origin']}']").click()
    assert state(page)["frame"] == -1
    assert page.locator(".frame-story").is_hidden()


def test_a_frames_present_use_leads_to_the_page(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched, reading: Callable[..., list[Any]]
) -> None:
    path, _ = films(FORK, "cow")
    page = page_of(path, viewport=ROOM)
    [seen] = moments(reading(FORK, "cow"), "fork")
    use = next(use for use in seen["uses"] if use["use"] == "page" and len(users(seen)[use["frame"]][1]) == 2)
    page.evaluate("(change) => forklore.app.show(change)", {"moment": seen["moment"], "frame": use["frame"]})
    page.evaluate("forklore.app.settled()")
    links = page.locator(".story-uses button", has_text=f"page 0x{use['address']:08x}")
    assert links.count() == 2
    links.last.click()
    assert state(page) == {"moment": seen["moment"], "life": 1, "frame": use["frame"], "page": use["address"]}


def test_frames_are_chosen_by_the_keyboard_alone(films: Callable[..., tuple[Path, Reel]], page_of: Watched) -> None:
    page = page_of(films(FORK, "copy")[0], viewport=ROOM)
    stops = page.locator("#view-memory [role=grid] [tabindex='0']")
    assert stops.count() == 1
    page.get_by_role("button", name="table", exact=True).focus()
    while page.evaluate("document.activeElement.dataset.frame") is None:
        page.keyboard.press("Tab")
    at, before = "Number(document.activeElement.dataset.frame)", state(page)
    first = page.evaluate(at)
    below = page.locator(".frame-row.is-cells").nth(1).locator("[data-frame]").first.get_attribute("data-frame")
    for key, there in [
        ("ArrowRight", first + 1),
        ("ArrowLeft", first),
        ("ArrowDown", int(below or -1)),
        ("ArrowUp", first),
    ]:
        page.keyboard.press(key)
        assert page.evaluate(at) == there
        assert state(page) == before
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert state(page)["frame"] == first + 1
    assert page.evaluate(at) == first + 1
    page.keyboard.press("End")
    last = page.locator("[data-frame]").last.get_attribute("data-frame")
    assert page.evaluate(at) == int(last or -1)
    page.locator(".frame-story .close").focus()
    page.keyboard.press("Enter")
    assert state(page)["frame"] == -1
    assert page.evaluate(at) == first + 1


def test_a_click_leaves_the_arrow_keys_to_the_moments(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched
) -> None:
    page = page_of(films(FORK, "copy")[0], viewport=ROOM)
    page.evaluate("forklore.app.show({ moment: 1 })")
    page.locator("[data-frame]").nth(3).click()
    page.keyboard.press("ArrowRight")
    assert state(page)["moment"] == 2


def test_small_squares_are_a_map_that_answers_to_mouse_and_keys(
    films: Callable[..., tuple[Path, Reel]], page_of: Watched, reading: Callable[..., list[Any]]
) -> None:
    path, _ = films(FORK, "copy")
    page = page_of(path, viewport=ROOM)
    [seen] = moments(reading(FORK, "copy"), "fork")
    page.evaluate("(moment) => forklore.app.show({ moment })", seen["moment"])
    for _ in range(20):
        pushed(page, "−")
    canvas = page.locator(".frame-map-canvas")
    canvas.focus()
    used = users(seen)
    labels = {}
    for frame in range(max(used) + 1):
        labels[frame] = canvas.get_attribute("aria-label") or ""
        page.keyboard.press("ArrowRight")
    for frame, (_, letters) in used.items():
        assert labels[frame].startswith(f"frame {frame}: ")
        assert not letters or " and ".join(sorted(letters)) in labels[frame]
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert state(page)["frame"] == 1
    canvas.click(position={"x": 56 + 4 * 5 + 2, "y": 3})
    assert state(page)["frame"] == 5
    canvas.hover(position={"x": 56 + 4 * 6 + 2, "y": 3})
    assert page.locator("#tip").inner_text() == labels[6]
    owner = sum(len(letters) == 1 and "A" in letters for _, letters in used.values())
    assert painted(page, "--owner-0") >= owner * 4
    pushed(page, "fit")
    assert page.locator("[data-frame]").count() >= len(used)


def painted(page: Page, name: str) -> int:
    """How many dots of the map have the colour of that variable exactly."""
    return page.evaluate(
        """(name) => {
          const probe = document.createElement("canvas").getContext("2d");
          probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
          probe.fillRect(0, 0, 1, 1);
          const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
          const canvas = document.querySelector(".frame-map-canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let count = 0;
          for (let at = 0; at < data.length; at += 4) {
            count += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
          }
          return count;
        }""",
        name,
    )


def test_there_is_room_for_it_on_a_phone(films: Callable[..., tuple[Path, Reel]], page_of: Watched) -> None:
    page = page_of(films(FORK, "cow")[0], viewport={"width": 390, "height": 844})
    page.locator("[data-tab=memory]").click()
    [seen] = page.evaluate(READ, [0])
    assert users(seen).keys() <= {int(frame) for frame in seen["cells"]}
    page.locator("[data-frame]").nth(4).click()
    assert state(page)["frame"] == 4
    assert page.locator(".frame-story").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".story-uses button").first.click()
    assert page.locator("#view-process").is_visible()
    assert state(page)["page"] >= 0
