"""The film's page as a reader has it: keys, mouse, slider, address, lanes, events and three sizes of a window."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.film.conftest import Watched
from vm import Machine
from vm.film import html_of, record
from vm.film.details import Room
from vm.film.recording import Limits

WIDE = {"width": 1280, "height": 800}
MEDIUM = {"width": 800, "height": 600}
PHONE = {"width": 390, "height": 844}
LYING = {"width": 844, "height": 390}
MARKUP = "A <b>pipeline</b> &amp; its children"


@cache
def film(program: str = "programs/pipeline.s", details: int = 10_000) -> str:
    """The page of a program of ours."""
    run = Machine().boot(program).start()
    return html_of(
        [
            record(
                run.kernel,
                run.advance,
                limits=Limits(Room(moments=details)),
                head={"program": program, "arguments": ["<i>"]},
            )
        ],
        title=MARKUP,
        caption="Who makes whom.",
    )


def shown(page: Page) -> dict[str, Any]:
    """What the page shows, drawn."""
    return dict(page.evaluate("forklore.app.settled().then(() => forklore.app.state)"))


def until(page: Page, condition: str) -> None:
    """Wait until an expression is true; the page's policy lets no text be run in it, as playwright's own wait would."""
    while not page.evaluate(condition):
        page.wait_for_timeout(20)


def count(page: Page) -> int:
    return int(page.evaluate("forklore.film.count"))


def press(page: Page, *keys: str) -> int:
    """Press keys; returns the moment that is shown then."""
    for key in keys:
        page.keyboard.press(key)
    return int(shown(page)["moment"])


def moments_of(page: Page, kind: str) -> list[int]:
    """The moments that have an event of a kind, by looking at all."""
    return list(
        page.evaluate(
            """(kind) => {
              const { film } = forklore, { events } = film;
              const all = Array.from(events.moment);
              return [...new Set(all.filter((_, number) => film.eventKinds[events.kind[number]] === kind))];
            }""",
            kind,
        )
    )


def test_keys_step_through_the_moments(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    last = count(page) - 1
    assert shown(page)["moment"] == 0
    assert not page.is_visible("#left-out")
    assert press(page, "ArrowRight") == 1
    assert press(page, "Shift+ArrowRight") == 11
    assert press(page, "ArrowLeft") == 10
    assert press(page, "Shift+ArrowLeft") == 0
    assert press(page, "ArrowLeft") == 0
    assert press(page, "End") == last
    assert press(page, "ArrowRight") == last
    assert press(page, "Home") == 0


def test_buttons_and_the_slider_step_too(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    last = count(page) - 1
    for name, moment in [
        ("next", 1),
        ("next", 2),
        ("previous", 1),
        ("last", last),
        ("previous", last - 1),
        ("first", 0),
    ]:
        page.click(f"#{name}")
        assert shown(page)["moment"] == moment
    box = page.locator("#slider").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + 5)
    assert shown(page)["moment"] == last
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    assert abs(shown(page)["moment"] - last / 2) <= 1
    assert press(page, "Home", "ArrowRight") == 1  # the slider has the keyboard now, and no key counts twice
    assert page.locator("#slider").input_value() == "1"


def test_n_and_p_go_to_the_events_of_the_chosen_kind(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    for kind in ("exec", "wait", "call"):
        wanted = moments_of(page, kind)
        assert len(wanted) > 1
        page.select_option("#kind", label=_label(page, kind))
        press(page, "Home")
        found = [press(page, "n") for _ in wanted]
        assert found == [moment for moment in wanted if moment > 0][: len(found)] + [wanted[-1]] * (wanted[0] == 0)
        press(page, "End")
        assert press(page, "p") == max(moment for moment in wanted if moment < count(page) - 1)
        page.click("#previous-event")
        assert shown(page)["moment"] < press(page, "End")
    page.click("#clock")  # the mouse was used last, so a list in which it has chosen lets go of the keyboard
    page.focus("#kind")
    page.select_option("#kind", "-1")
    assert page.evaluate("document.activeElement.id") != "kind"


def _label(page: Page, kind: str) -> str:
    return next(text for text in page.locator("#kind option").all_text_contents() if text.startswith(f"{kind} ("))


def test_what_happened_stands_below_with_its_clock(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    told = page.evaluate(
        """async () => {
          const { film, app } = forklore, told = [];
          for (let moment = 0; moment < film.count; moment += 1) {
            app.show({ moment });
            await app.settled();
            const texts = Array.from(film.eventsOf(moment), (number) => film.eventText(number));
            told.push([document.getElementById("said").textContent, document.getElementById("clock").value, texts,
              film.clockText(film.clock(moment))]);
          }
          return told;
        }"""
    )
    for said, clock, texts, wanted in told:
        found = [text for text in texts if text in said]
        assert len(found) == len(texts) or (len(found) >= 3 and "more events" in said), said
        assert clock == wanted
    execs = moments_of(page, "exec")
    assert all(re.match("[BC] exec of ", told[moment][0]) for moment in execs[1:]), (
        told
    )  # what matters most comes first


def test_the_address_leads_to_every_moment_and_process(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    wrong = page.evaluate(
        """async () => {
          const { film, app } = forklore, wrong = [];
          for (let moment = 0; moment < film.count; moment += 1) {
            const wanted = { moment, life: moment % film.lives.length, frame: moment, page: 4096 * moment };
            app.show(wanted);
            const { hash } = new URL(app.link());
            app.show({ moment: 0, life: 0, frame: -1, page: -1 });
            location.hash = hash;
            await new Promise((done) => addEventListener("hashchange", done, { once: true }));
            for (const name of Object.keys(wanted)) if (app.state[name] !== wanted[name]) wrong.push([hash, name]);
          }
          return wrong;
        }"""
    )
    assert wrong == []


def test_the_address_is_read_at_the_beginning_and_written_later(page_of: Watched) -> None:
    first = page_of(film(), viewport=WIDE)
    clock = first.evaluate("forklore.film.clock(9)")
    page = page_of(film(), f"clock={clock + 1}&process=4&frame=7&page=0x11000", viewport=WIDE)
    last = page.evaluate("clock => forklore.film.find(clock)", clock + 1)
    state = shown(page)
    assert (state["moment"], state["life"], state["frame"], state["page"]) == (last, 2, 7, 0x11000)
    press(page, "End", "Escape")
    until(page, "!location.hash.includes('frame') && location.hash.includes('clock')")
    assert page.evaluate("location.hash").endswith("&process=4")
    page.evaluate("forklore.app.show({ moment: 0, life: 0 })")
    until(page, "!location.href.includes('#')")
    assert shown(page_of(film(), "page=0x11004", viewport=WIDE))["page"] == 0x11000
    page = page_of(film(), "clock=x&process=99&frame=999999999&page=0x100000000&steps=<b>", viewport=WIDE)
    assert shown(page) == shown(page_of(film(), viewport=WIDE))


def test_it_plays_to_the_end(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    page.select_option("#speed", "100")
    page.locator("body").focus()
    page.keyboard.press("Space")
    until(page, "forklore.app.state.moment === forklore.film.count - 1 && !forklore.app.state.playing")
    page.select_option("#speed", "1")
    page.click("#play")  # from the beginning, as it is at the end
    assert shown(page)["playing"]
    assert page.get_attribute("#play", "aria-pressed") == "true"
    page.click("#play")
    assert not shown(page)["playing"]


LANES = """() => {
  const { film } = forklore, lanes = document.querySelector(".lanes"), scale = devicePixelRatio;
  const { width, height } = lanes, copy = new OffscreenCanvas(width, height);
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(lanes, 0, 0);
  const { data } = context.getImageData(0, 0, width, height), wide = lanes.clientWidth / film.count;
  const isInk = (x, y) => Math.min(...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)) < 160;
  const [head, row] = ["--head", "--row"].map((name) => {
    return parseFloat(lanes.closest(".view-body").style.getPropertyValue(name));
  });
  const lane = (life, moment) => {
    const across = Array.from({ length: 40 }, (_, part) => Math.round((moment + 0.3 + part / 100) * wide * scale));
    const at = (below) => Math.round((head + (life + 0.5) * row + below) * scale);
    return {
      isThick: across.every((x) => isInk(x, at(4))),
      isLine: across.some((x) => isInk(x, at(0)) || isInk(x, at(2))),
      hasGaps: across.some((x) => !isInk(x, at(0))),
    };
  };
  return film.lives.map(({ id }) => Array.from({ length: film.count - 1 }, (_, moment) => lane(id, moment)));
}"""
"""What each lane shows in the middle of each moment but the last one, by the canvas's pixels."""


@pytest.mark.parametrize("program", ["programs/pipeline.s", "programs/vfork_exec.s"])
def test_lanes_show_states_without_colour(page_of: Watched, program: str) -> None:
    page = page_of(film(program), viewport=WIDE)
    press(page, "End")
    seen = set()
    for life, lane in enumerate(page.evaluate(LANES)):
        states = page.evaluate("life => forklore.film.states(life)", life)
        held = {moment: one["state"] for one in states for moment in range(one["from"], one["to"])}
        for moment, form in enumerate(lane):
            state = held.get(moment, "none")
            assert form["isThick"] == (state == "running"), (life, moment, state, form)
            assert form["isLine"] == (state != "none"), (life, moment, state, form)
            assert form["hasGaps"] == (state not in ("running", "ready")), (life, moment, state, form)
            seen.add(state)
    assert seen >= {"none", "running", "ready", "zombie", "blocked" if "pipeline" in program else "suspended"}


def test_a_click_on_a_line_goes_to_its_moment_and_process(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    box = page.locator(".lanes").bounding_box()
    assert box
    wide, last = box["width"] / count(page), count(page) - 1
    rows = [page.locator(".lives-table tbody tr").nth(life).bounding_box() for life in range(3)]
    for life, moment in [(2, 12), (1, 10), (0, last)]:
        row = rows[life]
        assert row
        page.mouse.click(box["x"] + (moment + 0.6) * wide, row["y"] + row["height"] * 0.8)
        state = shown(page)
        assert (state["moment"], state["life"]) == (moment, life)
    page.locator(".lives-table tbody tr").nth(1).click()
    assert shown(page)["life"] == 1
    press(page, "ArrowRight")
    page.locator(".lives-table button").first.focus()
    assert page.inner_text("#tip").startswith("A, process 2: ")  # the keyboard is told what the mouse is told
    page.keyboard.press("Enter")
    assert shown(page)["life"] == 0
    page.evaluate("forklore.app.show({ life: 1 })")
    assert press(page, "[") == last
    assert shown(page)["life"] == 0


def test_a_click_on_a_mark_goes_to_its_moment(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    box = page.locator(".lanes").bounding_box()
    row = page.locator(".lives-table tbody tr").nth(2).bounding_box()
    assert box
    assert row
    [exec_moment] = page.evaluate(
        "forklore.film.arrows.filter(({ kind, to }) => kind === 'exec' && to === 2).map(({ moment }) => moment)"
    )
    x = box["x"] + exec_moment * box["width"] / count(page)
    page.mouse.move(x - 3, row["y"] + row["height"] / 2)
    assert "executes /cat.s" in page.inner_text("#tip")
    page.mouse.click(x - 3, row["y"] + row["height"] / 2)  # left of it the moment before would be
    state = shown(page)
    assert (state["moment"], state["life"]) == (exec_moment, 0)


def test_the_wheel_steps_and_zooms(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    box = page.locator(".lanes").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 60)
    page.mouse.wheel(0, 100)
    page.mouse.wheel(0, 100)
    until(page, "forklore.app.state.moment === 2")
    page.mouse.wheel(0, -100)
    until(page, "forklore.app.state.moment === 1")
    press(page, "+", "+")
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + 60)
    assert 1 < shown(page)["moment"] < count(page) / 2
    press(page, "0")
    page.mouse.click(box["x"] + box["width"] - 5, box["y"] + 60)
    assert shown(page)["moment"] == count(page) - 1
    assert press(page, "t", "Home", "End") == count(page) - 1
    assert page.input_value("#axis") == "time"


def test_a_crowd_is_told_as_such(page_of: Watched) -> None:
    source = Path("bench/programs/fifty.s").read_text().replace("ROUNDS, 6800", "ROUNDS, 1").encode()
    run = Machine(files={"/fifty.s": source}).boot("/fifty.s", keep=False).start()
    page = page_of(html_of([record(run.kernel, run.advance)]), viewport=WIDE)
    rows = page.locator(".lives-table tbody tr")
    assert rows.count() < 12 < page.evaluate("forklore.film.lives.length")
    forks = page.evaluate("forklore.film.arrows.filter(({ kind }) => kind === 'fork').map(({ moment }) => moment)")
    box = page.locator(".lanes").bounding_box()
    assert box
    page.mouse.move(box["x"] + forks[20] * box["width"] / count(page), box["y"] + 60)
    told = re.match("([0-9]+) × fork", page.inner_text("#tip"))
    assert told
    assert len(forks) - 6 <= int(told[1]) <= len(forks)  # at its edges some stand alone
    press(page, *["]"] * 30)
    assert shown(page)["life"] == 30
    row = page.locator(".lives-table [aria-current=true]")
    assert row.get_attribute("aria-rowindex") == "32"
    assert page.locator(".lives").evaluate("(list) => list.scrollTop") > 0
    assert abs((row.bounding_box() or {"y": 0})["y"] - box["y"]) < box["height"]


def test_dragging_scrubs_along_the_axis_and_moves_what_is_in_sight(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    box = page.locator(".lanes").bounding_box()
    assert box
    wide = box["width"] / count(page)

    def drag(y: float, start: float, end: float) -> int:
        page.mouse.move(box["x"] + start, box["y"] + y)
        page.mouse.down()
        page.mouse.move(box["x"] + end, box["y"] + y, steps=3)
        page.mouse.up()
        return int(shown(page)["moment"])

    assert drag(8, 5.5 * wide, 9.5 * wide) == 9  # along the axis
    assert drag(70, 3.5 * wide, 12.5 * wide) == 12  # all is in sight, so there is nowhere to move it
    press(page, "Home", "+", "+")
    assert drag(70, 600, 200) == 0  # what is in sight has gone to the left
    page.mouse.click(box["x"] + 1, box["y"] + 70)
    assert shown(page)["moment"] == 3  # 400 pixels of a quarter of the film


def test_processes_are_listed_in_words(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    rows = page.evaluate(
        """async () => {
          const { film, app } = forklore, rows = [];
          for (let moment = 0; moment < film.count; moment += 1) {
            app.show({ moment });
            await app.settled();
            for (const [life, row] of document.querySelectorAll(".lives-table tbody tr").entries()) {
              const { pid, born } = film.lives[life], { state, why } = film.state(life, moment);
              const words = why ? `${state}: ${why}` : state;
              const isThere = film.isThere(life, moment);
              rows.push([Array.from(row.cells, (cell) => cell.textContent),
                ["ABC"[life], String(pid), isThere ? words : moment < born ? "not born yet" : "gone"]]);
            }
          }
          return rows;
        }"""
    )
    assert len(rows) == 3 * count(page)
    for cells, wanted in rows:
        assert [cells[0], cells[1], cells[4]] == wanted
    assert {"running", "ready", "zombie", "gone", "not born yet"} <= {wanted[2] for _, wanted in rows}


def test_events_are_listed_around_the_moment(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    assert not page.is_visible(".events")
    page.click("#events-button")
    assert page.is_visible(".events")
    press(page, "e")
    assert not page.is_visible(".events")
    press(page, "e")
    press(page, "4", "4")
    page.evaluate("forklore.app.show({ moment: 12 })")
    shown(page)
    texts = page.evaluate("forklore.film.eventsOf(12).map((number) => forklore.film.eventText(number))")
    now = page.locator(".events-table [aria-current=true]")
    assert now.locator(".what").all_text_contents()[: len(texts)] == texts[: now.count()]
    assert now.count() > 0
    row = page.locator(".events-table tbody tr.away").first
    text = row.locator(".what").inner_text()
    row.click()
    assert text in page.evaluate(
        "forklore.film.eventsOf(forklore.app.state.moment).map((number) => forklore.film.eventText(number))"
    )
    assert shown(page)["moment"] > 12
    assert page.locator(".events-table tbody tr").count() < 40 < page.evaluate("forklore.film.events.count")
    page.select_option("#kind", label=_label(page, "exec"))
    page.check("#of-kind")
    shown(page)
    assert set(page.locator(".events-table tbody .kind").all_text_contents()) == {"exec"}
    page.uncheck("#of-kind")
    page.check("#of-life")
    page.evaluate("forklore.app.show({ life: 2 })")
    shown(page)
    mine = page.evaluate(
        """() => {
          const { life, other } = forklore.film.events;
          return life.filter((one, number) => one === 2 || other[number] === 2).length;
        }"""
    )
    assert page.inner_text(".view-tools [role=status]").startswith(f"{mine} of ")


def test_the_help_tells_every_key(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    press(page, "?")
    text = page.inner_text("#help")
    for key in ("←", "→", "Shift", "Home", "End", "Space", "n", "p", "[", "]", "1", "2", "3", "/", "?", "Esc"):
        assert f"\n{key}" in text or f" {key}" in text, key
    assert press(page, "ArrowRight") == 0  # it is the help's now
    press(page, "Escape")
    assert not page.is_visible("#help")
    page.click("#help-button")
    page.click("#help button")
    assert press(page, "ArrowRight") == 1


def test_one_can_go_to_a_frame_an_address_a_process_and_a_clock(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    clock = page.evaluate("forklore.film.clock(12)")
    for text, name, value in [
        ("5", "frame", 5), ("frame 7", "frame", 7), ("0x11abc", "page", 0x11000), ("pid 4", "life", 2),
        (f"ns {clock}", "moment", page.evaluate("clock => forklore.film.find(clock)", clock)),
    ]:  # fmt: skip
        press(page, "/")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        assert shown(page)[name] == value
        assert not page.is_visible("#go-to")
    for text, wrong in [("nowhere", "neither"), ("99999999", "frames are 0 to"), ("pid 77", "No process 77")]:
        press(page, "/")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        assert wrong in page.inner_text("#go-to")
        page.keyboard.press("Escape")
        page.locator("#go-to").wait_for(state="hidden")


def test_names_and_arguments_of_a_guest_stay_texts(page_of: Watched) -> None:
    name = "/a<b>\u202e\x1b[31m&amp;.s"
    files = {"/echo.s": Path("programs/echo.s").read_bytes(), "/cat.s": Path("programs/cat.s").read_bytes()}
    machine = Machine(files={name: Path("programs/pipeline.s").read_bytes(), **files})
    run = machine.boot(name, keep=False).start()
    head = {"program": name, "arguments": ["<i>\u2067"]}
    page = page_of(html_of([record(run.kernel, run.advance, head=head)], title=name), viewport=WIDE)
    press(page, "e", "ArrowRight")
    shown_name = r"a<b>\u202e\x1b[31m&amp;.s"
    assert page.inner_text("#film-program") == rf"/{shown_name} <i>\u2067"
    assert page.title() == f"/{shown_name}"
    assert page.locator(".lives-table .name").nth(1).inner_text() == shown_name
    assert page.locator(":is(.film-head, .lives, #controls, .events) :is(b, i)").filter(has_text="202e").count() == 0
    page.hover(".lanes", position={"x": 60, "y": 60})
    page.select_option("#kind", label=_label(page, "exec"))
    press(page, "n")
    assert "\u202e" not in page.evaluate("document.body.innerText")


def test_texts_stay_texts_and_what_was_left_out_is_said(page_of: Watched) -> None:
    page = page_of(film(details=3), viewport=WIDE)
    assert page.title() == MARKUP == page.inner_text("#film-title")
    assert page.locator("b").evaluate_all("all => all.filter((b) => b.textContent === 'pipeline').length") == 0
    assert page.inner_text("#film-program") == "programs/pipeline.s <i>"
    said = page.evaluate("forklore.film.leftOut")
    assert said
    assert said[0] in page.inner_text("#left-out")
    page.focus("#left-out summary")
    page.keyboard.press("Enter")  # opens it, and does nothing else
    assert page.locator("#left-out li").all_inner_texts() == said
    assert shown(page)["moment"] == 0


def test_all_that_a_window_shows_is_within_it(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    for size in (WIDE, MEDIUM, PHONE, LYING):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        shown(page)
        beyond = page.evaluate(
            """({ width, height }) => {
              const page = document.documentElement;
              const places = ":is(.film-head, .view-head, #tabs, #controls) :is(button, select, output, input)";
              const shown = [...document.querySelectorAll(places)];
              const isWithin = ({ x, y, right, bottom }) => x >= 0 && y >= 0 && right <= width && bottom <= height;
              const beyond = shown.filter((one) => one.checkVisibility() && !isWithin(one.getBoundingClientRect()));
              return [page.scrollWidth - width, page.scrollHeight - height, ...beyond.map((one) => one.outerHTML)];
            }""",
            size,
        )
        assert beyond == [0, 0], size


def test_a_phone_shows_one_view_at_a_time(page_of: Watched) -> None:
    page = page_of(film(), viewport=PHONE, has_touch=True)

    def visible() -> list[str]:
        return [name for name in ("processes", "memory", "process", "events") if page.is_visible(f"#view-{name}")]

    assert visible() == ["processes"]
    page.locator("#tabs button", has_text="Events").tap()
    assert visible() == ["events"]
    assert page.locator(".events-table tbody tr").count() > 0
    page.locator("#next").tap()
    assert shown(page)["moment"] == 1
    for key, name in [("1", "processes"), ("2", "memory"), ("3", "process"), ("4", "events")]:
        press(page, key)
        assert visible() == [name]
    page.evaluate("location.hash = 'frame=7'")  # a link to a frame leads to where frames are
    page.locator("#view-memory").wait_for()
    page.evaluate("location.hash = 'page=0x11000'")
    page.locator("#view-process").wait_for()
    assert visible() == ["process"]


def test_a_view_can_have_the_window_to_itself(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE)
    before = page.locator("#view-processes").bounding_box()
    press(page, "1", "1")
    after = page.locator("#view-processes").bounding_box()
    assert before
    assert after
    assert after["height"] > 1.5 * before["height"]
    press(page, "Escape")
    assert page.locator("#view-processes").bounding_box() == before


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_told_apart_from_their_ground(page_of: Watched) -> None:
    page = page_of(film(), viewport=WIDE, color_scheme="dark")
    grounds = ("--panel", "--paper", "--chosen", "--faint")
    pairs = [(ink, ground) for ink in ("--ink", "--quiet") for ground in grounds]
    pairs += [(f"--owner-{number}", ground) for number in range(12) for ground in ("--panel", "--on-owner")]
    pairs += [("--accent", "--on-accent"), ("--accent", "--panel"), ("--ink", "--mark"), ("--zombie", "--panel")]
    for theme in ("dark", "light"):
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        for pair in pairs:
            low, high = sorted(
                luminance(page.evaluate("name => getComputedStyle(document.body).getPropertyValue(name).trim()", name))
                for name in pair
            )
            assert (high + 0.05) / (low + 0.05) >= 4.5, (theme, pair)
        press(page, "d")


@pytest.mark.parametrize(
    ("script", "cut", "said"),
    [
        ("delete window.DecompressionStream", 0, "the browser cannot unpack it"),
        ("", 1000, "the file is damaged"),
        ("", 1, "the file is damaged"),
    ],
)
def test_what_cannot_be_opened_says_why(page_of: Watched, tmp_path: Path, script: str, cut: int, said: str) -> None:
    text, path = film(), tmp_path / "film.html"
    at = text.index('id="reel-0">') + 500
    path.write_text(text[:at] + text[at + cut :])
    page = page_of.new_page()
    page.add_init_script(script)
    page.goto(path.as_uri())
    until(page, "!document.getElementById('trouble').hidden")
    assert said in page.inner_text("#trouble")
