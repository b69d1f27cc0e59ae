"""What a page shows, read from it in the browser and held against a recount of the machine."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
from playwright.sync_api import Page

from tests.film.recount import Naming, Recount, Thread, contents, joined
from vm.kernel.process.task import REAPER
from vm.machine import Run

PAGE = 4096
TURNS = ("fork", "vfork", "clone", "exec", "exit")
"""Kinds of events whose moments are always among those that are compared, as far as there is room."""

OVERVIEW = """
(kinds) => {
  const film = window.forklore.film;
  const wanted = new Set(kinds.map((kind) => film.eventKinds.indexOf(kind)));
  const turns = new Set();
  for (let number = 0; number < film.events.count; number += 1) {
    if (wanted.has(film.events.kind[number])) turns.add(film.events.moment[number]);
  }
  const {head, leftOut, count, frames, eventKinds} = film;
  return {head, leftOut, count, frames, eventKinds, turns: [...turns]};
}
"""

READING = """
([moments, withContents]) => {
  const film = window.forklore.film;
  const weights = Uint32Array.from({length: 4096}, (_, at) => Math.imul(at, 2654435761) | 1);
  const sum = (bytes) => {
    let total = bytes.length;
    for (let at = 0; at < bytes.length; at += 1) total = (total + Math.imul(bytes[at], weights[at])) | 0;
    return total >>> 0;
  };
  const read = (moment) => {
    const uses = film.uses(moment);
    const lives = film.lives.filter((life) => film.isThere(life.id, moment)).map((life) => {
      const registers = film.registers(life.id, moment);
      return {
        ...life, state: film.state(life.id, moment), name: film.name(life.id, moment),
        space: film.space(life.id, moment), call: film.call(life.id, moment),
        place: film.place(life.id, moment), registers: registers && [...registers],
      };
    });
    const spaces = film.spaces.filter((space) => film.owners(space, moment).length > 0).map((space) => ({
      space, owners: film.owners(space, moment), segments: film.segments(space, moment),
      pages: film.pages(space, moment),
    }));
    const contents = {};
    for (const frame of new Set(withContents ? uses.map((use) => use.frame) : [])) {
      const bytes = film.content(frame, moment);
      contents[frame] = bytes && sum(bytes);
    }
    const one = uses.length ? uses[moment % uses.length].frame : -1;
    return {
      moment, clock: film.clock(moment), steps: film.steps(moment), found: film.find(film.clock(moment)), lives, spaces,
      uses: uses.map((use) => [use.frame, use.use, use.space, use.address]), contents, used: film.used(moment),
      usesOf: [one, film.usesOf(one, moment).map((use) => [use.frame, use.use, use.space, use.address])],
      output: film.output(moment), input: film.input(moment),
    };
  };
  return JSON.stringify(moments.map(read));  // a hundredth of what the values would take on their way
}
"""


def overview(page: Page) -> dict[str, Any]:
    """What the film in the page is as a whole."""
    return page.evaluate(OVERVIEW, list(TURNS))


def chosen(known: dict[str, Any], count: int, seed: int = 17) -> list[int]:
    """Moments of a film to compare, in order: its first and last, those of turns, and others at random."""
    random, last = Random(seed), known["count"] - 1
    turns = random.sample(sorted(known["turns"]), min(len(known["turns"]), max(count // 2, 1)))
    rest = [moment for moment in range(known["count"]) if moment not in {0, last, *turns}]
    return sorted({0, last, *turns, *random.sample(rest, min(len(rest), max(count - len(turns) - 2, 0)))})


def read(page: Page, moments: list[int], *, with_contents: bool = True) -> list[dict[str, Any]]:
    """What the film in the page says of each of these moments."""
    return json.loads(page.evaluate(READING, [moments, with_contents]))


WEIGHTS = ((np.arange(PAGE, dtype=np.uint64) * 2654435761 & 0xFFFF_FFFF) | 1).astype(np.uint32)


def checksums(data: np.ndarray) -> list[int]:
    """The sums by which the reading in the page stands for the bytes of frames, uint8[n, 4096]."""
    return (data.astype(np.uint32) @ WEIGHTS + np.uint32(PAGE)).tolist()


class Judge:
    """Compares moments of one film with the machine of ``run``, which is made to stand at each of them in order.

    ``is_whole``: the film says that it has left nothing out.
    """

    def __init__(self, run: Run, *, is_whole: bool) -> None:
        self.run = run
        self.is_whole = is_whole
        self.spaces = Naming()
        self.shared = Naming()

    def differences(self, told: dict[str, Any], seen: Recount) -> Iterator[str]:
        """Yield in words what the film tells otherwise than the machine is."""
        yield from self._of_threads(told, seen)
        yield from self._of_spaces(told, seen)
        yield from self._of_frames(told, seen)
        yield from self._of_output(told, seen)

    # --- threads ------------------------------------------------------------------------------------------------------

    def _of_threads(self, told: dict[str, Any], seen: Recount) -> Iterator[str]:
        lives = [life for life in told["lives"] if life["tid"] != REAPER]
        threads = {tid: thread for tid, thread in seen.threads.items() if tid != REAPER}
        yield from unlike("threads that are there", sorted(life["tid"] for life in lives), sorted(threads))
        parents = {life["id"]: life["pid"] for life in lives}
        for life in lives:
            thread = threads.get(life["tid"])
            if thread is not None:
                yield from (f"thread {thread.tid}: {each}" for each in self._of_a_thread(life, thread, told["moment"]))
                if life["parent"] in parents and threads.get(thread.parent) and life["how"] in ("fork", "vfork"):
                    yield from unlike(f"thread {thread.tid}: parent", parents[life["parent"]], thread.parent)

    def _of_a_thread(self, life: dict[str, Any], thread: Thread, moment: int) -> Iterator[str]:
        state = life["state"]
        yield from unlike("process", life["pid"], thread.pid)
        yield from unlike("state", state["state"], thread.state)
        if thread.state == "suspended":  # in words of its own
            yield from unlike("whom it waits for", re.findall(r"\d+", state["why"]), re.findall(r"\d+", thread.why))
        else:
            yield from unlike("why", state["why"], thread.why)
        yield from unlike("name", life["name"], thread.name)
        if not state["from"] <= moment < state["to"]:
            yield f"the state from {state['from']} to {state['to']} does not hold at {moment}"
        if thread.space is None:
            yield from unlike("address space", life["space"], 0)
        elif not self.spaces.is_consistent(life["space"], thread.space):
            yield f"address space {life['space']} has been another before"
        if thread.call and (life["call"] or self.is_whole):  # a film that begins late has not heard of it
            name = re.split(r"\W", life["call"])[0]
            yield from unlike(
                "call", "clone" if name == "vfork" else name, "clone" if thread.call == "vfork" else thread.call
            )
        if life["registers"] is not None:
            yield from unlike("registers", life["registers"], thread.registers)
        elif self.is_whole and thread.state != "zombie":
            yield "registers: not kept, and nothing was left out"

    # --- memory -------------------------------------------------------------------------------------------------------

    def _of_spaces(self, told: dict[str, Any], seen: Recount) -> Iterator[str]:
        tids = {life["id"]: life["tid"] for life in told["lives"]}
        found = {each["space"]: each for each in told["spaces"]}
        yield from unlike("address spaces", len(found), len(seen.spaces))
        for space, own in seen.spaces.items():
            number = next((each for each in found if self.spaces.is_consistent(each, space)), None)
            if number is None:
                yield f"the address space of {own.owners} is missing"
                continue
            shown, where = found[number], f"space {number}"
            yield from unlike(
                f"{where}: owners", sorted(tids.get(each, -1) for each in shown["owners"]), sorted(own.owners)
            )
            kept = ("start", "end", "protection", "name", "path", "offset", "shared")
            lines = [tuple(each[name] for name in kept) for each in shown["segments"]]
            yield from unlike(f"{where}: segments", joined(lines), own.segments)
            flags = ["address", "frame", "isShared", "isWritable", "isDirty"]
            if not self.is_whole and shown["pages"] and shown["pages"][0]["isDirty"] is None:
                flags = flags[:3]  # the others were not kept
            pages = [tuple(each[name] for name in flags) for each in shown["pages"]]
            yield from unlike(f"{where}: pages", pages, [page[: len(flags)] for page in own.pages])

    def _of_frames(self, told: dict[str, Any], seen: Recount) -> Iterator[str]:
        yield from self._of_uses(told, seen)
        often = Counter(use for _, use in {(frame, use) for frame, use, *_ in seen.uses})
        in_use = {frame for frame, *_ in seen.uses}
        used = told["used"]
        yield from unlike("frames that are free", used["free"], seen.frames - len(in_use))
        yield from unlike("frames of the machine", used["machine"], often["machine"])
        yield from unlike("frames of page tables", used["table"], often["table"] + often["root"])
        yield from unlike("frames in all", sum(used.values()), seen.frames)
        frame, its = told["usesOf"]
        yield from unlike(f"uses of frame {frame}", its, [use for use in told["uses"] if use[0] == frame])
        yield from self._of_contents({int(frame): total for frame, total in told["contents"].items()}, seen)

    def _of_contents(self, told: dict[int, int | None], seen: Recount) -> Iterator[str]:
        pages = {frame for frame, use, *_ in seen.uses if use in ("page", "shared")}
        for (frame, total), own in zip(told.items(), checksums(contents(self.run, list(told))), strict=True):
            if total is None:
                if self.is_whole and frame in pages:
                    yield f"the contents of frame {frame} were not kept, and nothing was left out"
            elif total != own:
                yield f"the contents of frame {frame} are others; it is {self._uses_of(frame, seen)}"

    def _of_uses(self, told: dict[str, Any], seen: Recount) -> Iterator[str]:
        order = [frame for frame, *_ in told["uses"]]
        if order != sorted(order):
            yield "uses are not sorted by frame"
        mine = {(frame, use, at): [] for frame, use, _, at in seen.uses}
        for frame, use, thing, at in seen.uses:
            mine[frame, use, at].append(thing)
        for frame, use, number, place in told["uses"]:
            at = place if use != "machine" else 0  # which has no places
            things = mine.get((frame, use, at), [])
            if (thing := next((each for each in things if self._means(use, number, each)), self)) is self:
                yield f"frame {frame} is said to be a {use} of {number} at {at:#x}; it is {self._uses_of(frame, seen)}"
            else:
                things.remove(thing)
        for (frame, use, at), things in mine.items():
            for _ in things:
                yield f"frame {frame} is a {use} at {at:#x}, which is not said"

    def _means(self, use: str, number: int, thing: Any) -> bool:
        if thing is None:
            return number == 0
        return (self.shared if use == "shared" else self.spaces).is_consistent(number, thing)

    def _uses_of(self, frame: int, seen: Recount) -> str:
        return ", ".join(f"{use} at {at:#x}" for each, use, _, at in seen.uses if each == frame) or "free"

    # --- output -------------------------------------------------------------------------------------------------------

    def _of_output(self, told: dict[str, Any], seen: Recount) -> Iterator[str]:
        for stream, data in seen.output.items():
            text = "".join(each["text"] for each in told["output"] if each["stream"] == stream)
            written = data.decode(errors="replace")
            if self.is_whole or text not in written:  # else its beginning or its end was left out
                yield from unlike(f"what was written to {stream}", text, written)
        late = [each for each in told["output"] if each["moment"] > told["moment"]]
        yield from unlike("output that is still to come", late, [])


def unlike(what: str, shown: Any, own: Any) -> Iterator[str]:
    """Yield a sentence if ``shown`` by the film is not the machine's ``own``; of lists where they part."""
    if shown == own:
        return
    if isinstance(shown, list) and isinstance(own, list):
        at = next((at for at, (one, other) in enumerate(zip(shown, own, strict=False)) if one != other), len(shown))
        yield f"{what}: {len(shown)} and {len(own)}, at {at} {shown[at : at + 2]} instead of {own[at : at + 2]}"
    else:
        yield f"{what}: {shown!r} instead of {own!r}"
