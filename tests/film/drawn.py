"""What the views have drawn, read from the elements of the page and held against a recount of the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from tests.film.recount import Recount, Space, Thread, Use, joined
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
      moment, isKept: film.hasDetails(moment), tid: film.lives[life].tid,
      clock: film.clock(moment), steps: film.steps(moment),
      lives: all(document, "#view-processes tbody tr").map(linesOf), registers,
      segments: all(document, "#view-process .segment").map(segmentOf),
      frames: all(document, "#view-memory [data-frame]").map((cell) => cell.title),
      pids: film.lives.map((each) => each.pid),
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
    is_whole = len(drawn["lives"]) == len(drawn["pids"])  # else it has the rows that are in sight
    listed = threads if is_whole else lines.keys() & threads.keys()
    yield from unlike("threads in the list", sorted(lines), sorted(listed))
    for tid in lines.keys() & threads.keys():
        thread = threads[tid]
        yield from unlike(f"state of {tid}", re.match(r"\w*", lines[tid]["state"])[0], thread.state)
        yield from unlike(f"name of {tid}", lines[tid]["name"], thread.name)
        if thread.state == "blocked" and thread.why not in lines[tid]["state"]:
            yield f"{tid} waits for {thread.why}, and {lines[tid]['state']!r} is said"
    thread = threads.get(drawn["tid"])  # None where nobody is left
    space = thread.space if thread is not None else None
    yield from _of_registers(drawn["registers"], thread, is_kept=drawn["isKept"])
    yield from _of_memory(drawn["segments"], None if space is None else seen.spaces[space])
    yield from _of_frames(drawn["frames"], _letters(drawn["pids"]), seen)
    if not drawn["rest"]:
        written = "".join(data.decode(errors="replace") for data in seen.output.values())
        yield from unlike("letters of output", sorted(drawn["output"]), sorted(written.replace("\n", "")))


def _of_registers(drawn: dict[str, str], thread: Thread | None, *, is_kept: bool) -> Iterator[str]:
    if thread is None or thread.state == "zombie":
        yield from unlike("registers of who has ended", drawn, {})
        return
    if not is_kept:
        yield from unlike("registers that were not kept", "".join(drawn.values()), "")
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
        known = 1 if "not kept" in cell["title"] else 3
        kinds = ("shared", "writable", "dirty")[:known]
        yield from unlike(where, [kind in cell["kinds"] for kind in kinds], flags[:known])


CELL = re.compile(
    r"frame (\d+): ([a-z ]+?)(?: \((.*?)\))?(?:, (?:shared by ([A-Z, and]+)|of ([A-Z]+) alone))?(?:[;,].*)?"
)
"""What a cell says of its frame: its number, use, segment, and the letters of its owners."""
NOUNS = {
    "root": "root table", "table": "page table", "shared": "frame of shared memory", "page": "page",
    "machine": "frame of the machine",
}  # fmt: skip
"""What frames are called by their use, the first that one has of them."""


def _letters(pids: list[int]) -> dict[int, str]:
    """The letters of processes, of which there are lives in this order."""
    return {pid: chr(65 + number) for number, pid in enumerate(dict.fromkeys(pids)) if number < 26}


def _of_frames(titles: list[str], letters: dict[int, str], seen: Recount) -> Iterator[str]:
    owner = {space: letters.get(seen.threads[own.owners[0]].pid, "?") for space, own in seen.spaces.items()}
    uses: dict[int, list[Use]] = {}
    for use in seen.uses:
        uses.setdefault(use[0], []).append(use)
    if 0 < len(titles) < min(len(uses), 40):  # there are none where so many frames have a map
        yield f"{len(titles)} cells for {len(uses)} frames"
    for title in titles:
        said = CELL.fullmatch(title)
        if said is None:
            yield f"a cell says {title!r}"
            continue
        own = uses.get(int(said[1]), [])
        kinds = {use for _, use, *_ in own}
        yield from unlike(title, said[2], next((noun for use, noun in NOUNS.items() if use in kinds), "free"))
        spaces = dict.fromkeys(space for _, use, space, _ in own if use not in ("shared", "machine"))
        who = set(re.findall(r"[A-Z]+", said[4] or said[5] or ""))
        if len(letters) < 26:
            yield from unlike(f"{title}: owners", sorted(who), sorted({owner[space] for space in spaces}))
        if said[3] and said[3] != "object":
            names = {name for use in own if use[1] == "page" for name in _segment_names(seen.spaces[use[2]], use[3])}
            if said[3] not in names:
                yield f"{title}: it is in {names}"


def _segment_names(space: Space, address: int) -> Iterator[str]:
    for start, end, _, name, *_ in space.segments:
        if start <= address < end:
            yield name
