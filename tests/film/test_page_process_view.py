"""The view of one process as a whole: it says what the film says, and each way out of it leads where it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.film.conftest import Watched
from tests.film.test_page_process import HOSTILE, REGISTERS, SHOWN, check_strip, read_table
from vm import Machine
from vm.film import html_of, record
from vm.text import printable

FILMS = {"vfork": ("programs/vfork_global.s", "copy"), "fork": ("programs/fork_isolation.s", "cow")}
SEEN = """
async () => {
  const { film, app } = forklore;
  const one = (name) => document.querySelector("#view-process " + name);
  const all = (name) => [...document.querySelectorAll("#view-process " + name)];
  const text = (name) => one(name)?.textContent ?? "";
  const bytes = (frame, moment) => String.fromCharCode(...film.content(frame, moment) ?? []);
  const states = [];
  for (let moment = 0; moment < film.count; moment++) {
    for (const { id: life } of film.lives) {
      app.show({ moment, life, page: -1 });
      await app.settled();
      const isThere = film.isThere(life, moment), space = isThere ? film.space(life, moment) : 0;
      const { file, line } = film.place(life, moment), registers = isThere ? film.registers(life, moment) : null;
      const pages = (space ? film.pages(space, moment) : []).map((each) => ({
        ...each, isOther: moment > 0 && bytes(each.frame, moment) !== bytes(each.frame, moment - 1),
      }));
      const sp = registers ? registers[2] - registers[2] % 4096 : -1;
      const page = pages.find((each) => each.address === sp);
      states.push({
        moment, life, space, isThere, pages, file, line, sp,
        known: film.lives[life], state: film.state(life, moment), name: film.name(life, moment),
        segments: space ? film.segments(space, moment) : [],
        registers: registers && [...registers],
        before: moment && film.isThere(life, moment - 1) ? [...film.registers(life, moment - 1) ?? []] : [],
        pagesBefore: space && moment ? film.pages(space, moment - 1) : [],
        content: page ? bytes(page.frame, moment) : null,
        contentBefore: page && moment ? bytes(page.frame, moment - 1) : "",
        call: film.call(life, moment), output: film.output(moment), frame: page ? page.frame : -1,
        lines: film.source(file),
        seen: {
          title: text(".process-title"), state: text(".process-state"), memory: text(".process-memory"),
          rows: all(".segment").map((row) => ({
            texts: ["name", "range", "protection"].map((part) => row.querySelector(".segment-" + part).textContent),
            items: [...row.querySelector(".segment-strip").children].map((item) => ({
              kinds: item.className, text: item.textContent, address: Number(item.dataset.address ?? -1),
            })),
          })),
          registers: Object.fromEntries(all(".register").map((each) =>
            [each.dataset.register, each.querySelector(".register-value").textContent])),
          page: all(".hex-table > *").map((row) => row.textContent), frame: text(".to-frame"),
          arrow: text(".source-line.present"), isSourceShown: one(".source-box").checkVisibility(),
          call: one(".process-call").checkVisibility() ? text(".call-text") : "",
          output: all(".output-line").map((row) => row.textContent.slice(5).trimStart()).join("\\n"),
          fresh: all(".output-box mark").map((mark) => mark.textContent),
        },
      });
    }
  }
  return states;
}
"""
STATES = {
    "running": "running", "ready": "ready to run", "blocked": "blocked", "stopped": "stopped", "zombie": "a zombie",
    "suspended": "suspended by vfork until",
}  # fmt: skip


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of small programs, each in a file."""
    folder = tmp_path_factory.mktemp("films")
    for name, (program, fork) in FILMS.items():
        run = Machine(fork=fork).boot(program).start()  # type: ignore[arg-type]
        (folder / f"{name}.html").write_text(html_of([record(run.kernel, run.advance)], title=name), "utf-8")
    return {name: folder / f"{name}.html" for name in FILMS}


def check_memory(state: dict[str, Any]) -> None:
    """Segments and pages are the film's; what changed is told by contents and frames."""
    seen, pages = state["seen"], state["pages"]
    assert [row["texts"] for row in seen["rows"]] == [
        [each["name"], f"{each['start']:08x}–{each['end']:08x}", each["protection"] + "s" * each["shared"]]
        for each in state["segments"]
    ]
    before = {page["address"]: page["frame"] for page in state["pagesBefore"]}
    for segment, row in zip(state["segments"], seen["rows"], strict=True):
        inside = [dict(page) for page in pages if segment["start"] <= page["address"] < segment["end"]]
        for page in inside:
            page["change"] = bool(before) and (before.get(page["address"]) != page["frame"] or page["isOther"])
        check_strip(segment, inside, row["items"], state["sp"])


def check_page(state: dict[str, Any]) -> None:
    """The page of the stack pointer has the film's bytes, with those in brackets that were others before."""
    seen = state["seen"]
    if state["content"] is None:
        return
    values, flags = read_table(seen["page"], 16, state["sp"])
    assert values.decode("latin-1") == state["content"]
    if state["frame"] in [page["frame"] for page in state["pagesBefore"] if page["address"] == state["sp"]]:
        pairs = zip(state["content"], state["contentBefore"], strict=True)
        assert flags == [one != other for one, other in pairs]
    assert seen["frame"] == f"frame {state['frame']}"


def check_state(state: dict[str, Any]) -> None:
    """Who it is, what it does, where it stands, and what has been written."""
    seen, known = state["seen"], state["known"]
    for part in (f"pid {known['pid']}", f"tid {known['tid']}", state["name"]):
        assert part in seen["title"]
    if not state["isThere"]:
        assert "not born yet" in seen["state"] or "gone" in seen["state"]
        return
    assert seen["state"].startswith(STATES[state["state"]["state"]])
    assert state["state"]["state"] == "suspended" or state["state"]["why"] in seen["state"]
    names = REGISTERS.split()
    registers = state["registers"] or []  # a zombie has none
    changed = [bool(state["before"]) and state["before"][index] != value for index, value in enumerate(registers)]
    assert seen["registers"] == {
        name: f"[{value:08x}]" if changed[index] else f" {value:08x} "
        for index, (name, value) in enumerate(zip(names, registers, strict=bool(registers))) if index
    }  # fmt: skip
    assert seen["call"] == printable(state["call"])
    assert seen["isSourceShown"] == bool(state["lines"] and state["line"])
    assert not (seen["isSourceShown"] and state["state"]["state"] == "zombie")  # it stands nowhere any more
    if seen["isSourceShown"]:
        assert seen["arrow"] == f"→{state['line']}{state['lines'][state['line'] - 1]}"


@pytest.mark.parametrize("name", FILMS)
def test_the_view_says_what_the_film_says(page_of: Watched, filmed: dict[str, Path], name: str) -> None:
    states = page_of(filmed[name], viewport={"width": 1280, "height": 800}).evaluate(SEEN)
    assert len(states) >= 30
    for state in states:
        check_state(state)
        check_memory(state)
        check_page(state)
        assert state["seen"]["output"].replace("\n", "") == "".join(part["text"] for part in state["output"]).replace(
            "\n", ""
        )
    lent = [state["seen"]["memory"] for state in states if state["known"]["how"] == "vfork" and state["space"]]
    assert set(lent) == ({"in the memory of 2 (A)"} if name == "vfork" else set())


IS_IN_VIEW = """(one) => {
  const { top, bottom } = one.getBoundingClientRect(), body = one.closest(".view-body").getBoundingClientRect();
  return top >= body.top && bottom <= body.bottom;
}"""


def test_each_way_leads_where_it_says(page_of: Watched, filmed: dict[str, Path]) -> None:
    page = page_of(filmed["vfork"], viewport={"width": 1280, "height": 800})
    view = page.locator("#view-process")

    def state(name: str) -> Any:
        page.evaluate("forklore.app.settled()")
        return page.evaluate(f"forklore.app.state.{name}")

    vfork = page.evaluate("forklore.film.lives[1].born")
    page.evaluate(f"forklore.app.show({{moment: {vfork}, life: 0}})")
    assert view.locator(".state-word").text_content() == "suspended by vfork until 3 (B) executes or exits"
    assert view.locator(".process-memory").text_content() == "its memory is lent to 3 (B)"
    view.locator(".to-pc").click()
    assert state("page") == 0x10000
    view.locator(".segments").focus()
    addresses = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        addresses.append(state("page"))
    assert addresses == [0x11000, 0x12000, 0x11000, 0x10000, 0x10000]
    page.keyboard.press("ArrowRight")  # is still the page's own key
    assert state("moment") == vfork + 1
    view.locator(".cell[title^='00012000']").click()
    assert state("page") == 0x12000
    assert view.locator(".hex-table").evaluate(IS_IN_VIEW)
    assert view.locator(".part-page .part-fact").text_content() == "00012000 in data rw-"
    view.locator(".to-frame").click()
    assert state("frame") == page.evaluate("forklore.film.pages(1, 0).find((one) => one.address === 0x12000).frame")
    page.evaluate("forklore.app.show({moment: 0, life: 1})")
    assert state("moment") == 0
    assert "not born yet" in (view.locator(".process-state").text_content() or "")
    view.locator(".process-state button").click()
    assert state("moment") == vfork
    assert view.locator(".process-memory").text_content() == "in the memory of 2 (A)"
    view.locator(".process-title button").click()
    assert state("life") == 0


def test_following_shows_the_page_that_was_changed_last(page_of: Watched, filmed: dict[str, Path]) -> None:
    page = page_of(filmed["vfork"], viewport={"width": 1280, "height": 800})
    page.get_by_label("follow the last change").check()
    steps = page.evaluate(
        """async () => {
          const { film, app } = forklore;
          const steps = [];
          for (let moment = 1; moment < film.count && film.isThere(0, moment); moment++) {
            app.show({ moment });
            await app.settled();
            const changed = film.pages(1, moment).filter((each) => film.changed(each.frame, moment).length);
            steps.push([document.querySelector(".part-page code").textContent, changed.map((each) => each.address)]);
          }
          return steps;
        }"""
    )
    last = ""
    for shown, changed in steps:
        last = f"{changed[0]:08x}" if changed else last or shown
        assert shown == last
    assert {"00012000", "7ffff000"} == {shown for shown, _ in steps}
    page.locator("#view-process .to-pc").click()
    page.evaluate("forklore.app.settled()")
    assert not page.get_by_label("follow the last change").is_checked()


def test_a_page_says_which_other_process_has_changed_it(page_of: Watched, filmed: dict[str, Path]) -> None:
    """The child of a vfork stores into the balance.

    The parent's page says so at that moment, and so does the head of its segments; the child's say nothing.
    """
    told = """async (address) => {
      const { film, app } = forklore;
      const told = [];
      for (let moment = 0; moment < film.count; moment++) {
        for (const { id: life, pid } of film.lives.filter((each) => film.isThere(each.id, moment))) {
          app.show({ moment, life, page: address });
          await app.settled();
          const words = document.querySelector("#view-process .part-page").textContent;
          const found = / changed at this moment( by \\d+ \\(\\w\\))?/.exec(words.replace("written,", ""));
          const isFollowed = words.includes(", made at 248 ns by 3 (B)");
          const heading = document.querySelector("#view-process .part-memory strong").textContent;
          told.push(...(found ? [[pid, found[1] ?? "", isFollowed, heading]] : []));
        }
      }
      return told;
    }"""
    page = page_of(filmed["vfork"])
    page.get_by_label("follow the last change").check()
    seen = page.evaluate(told, 0x12000)
    assert [each for each in seen if each[1]] == [[2, " by 3 (B)", True, "1 page changed by 3 (B)"]]
    assert [3, "", False, ""] in seen
    assert all(words == heading == "" for _, words, _, heading in page_of(filmed["fork"]).evaluate(told, 0x12000))


def test_a_guests_texts_stay_text(page_of: Watched, tmp_path: Path) -> None:
    program = tmp_path / (HOSTILE.replace("\0", "").replace("/", "") + ".s")
    program.write_text(Path("programs/echo.s").read_text())
    run = Machine().boot(program, [HOSTILE.replace("\0", "")]).start()
    page = page_of(html_of([record(run.kernel, run.advance)]), viewport={"width": 1280, "height": 800})
    page.evaluate("forklore.app.show({moment: forklore.film.count - 2})")
    page.evaluate("forklore.app.settled()")
    assert page.locator("#view-process img, #view-process b").count() == 0
    shown = SHOWN.replace("\\x00", "")
    assert page.locator(".process-program").text_content() == shown.replace("/", "") + ".s"
    assert page.locator(".output-line").text_content() == "A out" + shown
    assert r"\x1b" in (page.locator(".place").text_content() or "")
