"""What the views have drawn, read from the elements of the page and held against a recount of the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from tests.film.recount import Recount, Space, Thread, joined
from tests.film.shown import unlike
from vm.kernel.process.task import REAPER

DRAWING = """
async (moments) => {
  const {film, app} = window.forklore;
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const text = (root, selector) => all(root, selector).map((element) => element.textContent).join("");
  const linesOf = (row) => ({
    tid: Number(text(row, "td.tid")), name: text(row, "td.name"), state: text(row, "td.state"),
    isAway: row.classList.contains("away"),
  });
  const segmentOf = (row) => ({
    name: text(row, ".segment-name"), range: text(row, ".segment-range"), protection: text(row, ".segment-protection"),
    cells: all(row, ".cell[data-address]").map((cell) => ({
      address: Number(cell.dataset.address), title: cell.title, kinds: [...cell.classList],
    })),
  });
  const drawn = [];
  for (const moment of moments) {
    const present = film.lives.filter((life) => film.isThere(life.id, moment));
    const life = present.length === 0 ? 0 : present[moment % present.length].id;
    app.show({moment, life});
    await app.settled();
    const registers = {};
    for (const each of all(document, "#view-process .register")) {
      registers[each.dataset.register] = text(each, ".register-value").trim();
    }
    drawn.push({
      moment, clock: film.clock(moment), steps: film.steps(moment), tid: film.lives[life].tid,
      lives: all(document, "#view-processes tbody tr").map(linesOf), registers,
      segments: all(document, "#view-process .segment").map(segmentOf),
      output: text(document, "#view-process .output-text"), rest: text(document, "#view-process .output-rest"),
    });
  }
  return JSON.stringify(drawn);
}
"""
NAMES = [
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", *(f"a{n}" for n in range(8)),
    *(f"s{n}" for n in range(2, 12)), "t3", "t4", "t5", "t6", "pc",
]  # fmt: skip
"""The registers as the ABI calls them."""


def draw(page: Page, moments: list[int]) -> list[dict[str, Any]]:
    """Show each moment with one of the threads that are there, and read what was drawn."""
    return json.loads(page.evaluate(DRAWING, moments))


def differences(drawn: dict[str, Any], seen: Recount) -> Iterator[str]:
    """Yield in words what was drawn otherwise than the machine is."""
    threads = {tid: thread for tid, thread in seen.threads.items() if tid != REAPER}
    lines = {line["tid"]: line for line in drawn["lives"] if not line["isAway"]}
    yield from unlike("threads in the list", sorted(lines), sorted(threads))
    for tid in lines.keys() & threads.keys():
        thread = threads[tid]
        yield from unlike(f"state of {tid}", re.match(r"\w*", lines[tid]["state"])[0], thread.state)
        yield from unlike(f"name of {tid}", lines[tid]["name"], thread.name)
        if thread.state == "blocked" and thread.why not in lines[tid]["state"]:
            yield f"{tid} waits for {thread.why}, and {lines[tid]['state']!r} is said"
    thread = threads.get(drawn["tid"])  # None where nobody is left
    space = thread.space if thread is not None else None
    yield from _of_registers(drawn["registers"], thread)
    yield from _of_memory(drawn["segments"], None if space is None else seen.spaces[space])
    if not drawn["rest"]:
        written = "".join(data.decode(errors="replace") for data in seen.output.values())
        yield from unlike("letters of output", sorted(drawn["output"]), sorted(written.replace("\n", "")))


def _of_registers(drawn: dict[str, str], thread: Thread | None) -> Iterator[str]:
    if thread is None or thread.state == "zombie":
        yield from unlike("registers of who has ended", drawn, {})
        return
    own = {name: f"{value:08x}" for name, value in zip(NAMES, thread.registers, strict=True)}
    del own["zero"]  # which is not shown
    for name in own.keys() | drawn.keys():
        yield from unlike(f"register {name}", drawn.get(name, "").strip("[]"), own.get(name))


def _of_memory(drawn: list[dict[str, Any]], space: Space | None) -> Iterator[str]:
    found = []
    for each in drawn:
        start, end = (int(bound, 16) for bound in each["range"].split("–"))
        found.append(
            (start, end or 1 << 32, each["protection"][:3], each["name"], "", 0, each["protection"].endswith("s"))
        )
    own = [] if space is None else [(*segment[:4], "", 0, segment[6]) for segment in space.segments]
    yield from unlike("segments", joined(found), joined(own))
    pages = {} if space is None else {address: flags for address, *flags in space.pages}
    for cell in (cell for each in drawn for cell in each["cells"]):
        where, page = f"the cell of {cell['address']:#x}", pages.get(cell["address"])
        if page is None:
            yield from unlike(where, "absent" in cell["kinds"], True)
            continue
        frame, *flags = page
        yield from unlike(f"{where}: frame", re.findall(r"frame (\d+)", cell["title"])[:1], [str(frame)])
        yield from unlike(where, [kind in cell["kinds"] for kind in ("shared", "writable", "dirty")], flags)
