"""What a film answers in one way is what it answers in another: found by brute force over all its moments."""

from __future__ import annotations

import pytest

from tests.film.browsing import Watched
from tests.film.test_film_equals_machine import booted, filmed
from tests.sampling import first_of

AGREEING = """
() => {
  const film = window.forklore.film, said = [];
  const same = (what, one, other) => {
    if (JSON.stringify(one) !== JSON.stringify(other)) said.push(`${what}: ${JSON.stringify([one, other])}`);
  };
  const ordered = (what, list) => same(what, list, [...list].sort((one, other) => one - other));
  const moments = Array.from({length: film.count}, (_, moment) => moment);
  const numbers = Array.from({length: film.events.count}, (_, number) => number);

  ordered("clocks", moments.map((moment) => film.clock(moment)));
  for (const moment of moments) {
    const clock = film.clock(moment);
    same(`find(${clock})`, film.find(clock), moments.findLast((each) => film.clock(each) <= clock));
    same(`find(${clock + 1})`, film.find(clock + 1), moments.findLast((each) => film.clock(each) <= clock + 1));
    const its = numbers.filter((each) => film.events.moment[each] === moment);
    same(`events of ${moment}`, [...film.eventsOf(moment)], its);
  }
  ordered("moments of events", [...film.events.moment]);

  for (const {id, born, gone, parent, pid, tid} of film.lives) {
    const there = moments.filter((moment) => film.isThere(id, moment));
    same(`life ${id} is there`, there, moments.slice(born, gone));
    if (parent >= 0 && !(film.lives[parent].born <= born)) said.push(`life ${id} is older than its parent`);
    const states = film.states(id);
    same(`life ${id}: ends of states`, [states[0].from, states.at(-1).to], [born, gone]);
    for (const [at, {from, to, state, why}] of states.entries()) {
      if (at > 0) same(`life ${id}: state ${at}`, from, states[at - 1].to);
      for (let moment = from; moment < to; moment += 1) {
        same(`life ${id} at ${moment}`, film.state(id, moment), {state, why, from, to});
      }
    }
    for (const moment of moments) {
      const space = film.space(id, moment);
      const isIn = space > 0 && film.owners(space, moment).includes(id);
      same(`owners of ${space} at ${moment}`, isIn, space > 0 && there.includes(moment));
    }
  }

  for (const moment of moments) {
    const uses = film.uses(moment), frames = [...new Set(uses.map(({frame}) => frame))];
    ordered(`frames at ${moment}`, uses.map(({frame}) => frame));
    same(`used at ${moment}`, Object.values(film.used(moment)).reduce((sum, each) => sum + each), film.frames);
    same(`free at ${moment}`, film.used(moment).free, film.frames - frames.length);
    for (const frame of frames) {
      same(`uses of ${frame} at ${moment}`, film.usesOf(frame, moment), uses.filter((use) => use.frame === frame));
    }
    for (const space of film.spaces) {
      const pages = film.pages(space, moment), segments = film.segments(space, moment);
      ordered(`pages of ${space} at ${moment}`, pages.map(({address}) => address));
      ordered(`segments of ${space} at ${moment}`, segments.flatMap(({start, end}) => [start, end]));
      same(`pages of ${space} at ${moment}`, pages.map(({address, frame}) => [address, frame]).sort(), uses.filter(
        (use) => use.use === "page" && use.space === space).map(({address, frame}) => [address, frame]).sort());
      for (const {address, frame, isShared} of pages) {
        const isWithin = segments.some(({start, end}) => start <= address && address < end);
        if (!isWithin) said.push(`${address} is in no segment at ${moment}`);
        same(`frame ${frame} is shared at ${moment}`, isShared, film.usesOf(frame, moment).length > 1);
      }
    }
    for (const frame of frames) {
      const bytes = film.content(frame, moment), before = moment > 0 ? film.content(frame, moment - 1) : null;
      if (bytes === null || before === null) continue;
      const changed = new Set(film.changed(frame, moment).flatMap(
        ([offset, length]) => Array.from({length}, (_, at) => offset + at)));
      for (let at = 0; at < 4096; at += 1) {
        if (bytes[at] !== before[at] && !changed.has(at)) said.push(`byte ${at} of ${frame} changed at ${moment}`);
      }
    }
    for (const stream of ["output", "input"]) {
      same(`${stream} at ${moment}`, film[stream](moment),
        film[stream](film.count - 1).filter((each) => each.moment <= moment));
    }
  }

  const kinds = film.eventKinds.map((_, kind) => new Set([kind]));
  for (const wanted of [...kinds, new Set([0, 3, 4]), null]) {
    const has = (moment) => film.eventsOf(moment).some((each) => wanted === null || wanted.has(film.events.kind[each]));
    for (const moment of moments) {
      const name = wanted === null ? "any" : [...wanted];
      same(`next ${name} of ${moment}`, film.next(wanted, moment, 1),
        moments.find((each) => each > moment && has(each)) ?? -1);
      same(`previous ${name} of ${moment}`, film.next(wanted, moment, -1),
        moments.findLast((each) => each < moment && has(each)) ?? -1);
    }
  }

  for (const {kind, from, to, moment} of film.arrows) {
    const is = (life) => life === -1 || (film.lives[life].born <= moment && moment <= film.lives[life].gone);
    if (!is(from) || !is(to)) said.push(`${kind} from ${from} to ${to} at ${moment}: not there`);
  }
  const made = film.arrows.filter(({kind}) => ["fork", "vfork", "clone"].includes(kind));
  same("who made whom", made.map(({from, to, moment}) => [to, from, moment]).sort(),
    film.lives.filter(({parent}) => parent >= 0).map(({id, parent, born}) => [id, parent, born]).sort());

  for (const frame of new Set(moments.flatMap((moment) => film.uses(moment).map((use) => use.frame)))) {
    const story = film.story(frame);
    if (story.length === 0) {
      said.push(`frame ${frame} has no story`);
      continue;
    }
    ordered(`story of ${frame}`, story.map(({moment}) => moment));
    for (const moment of moments.slice(1)) {
      const before = JSON.stringify(film.usesOf(frame, moment - 1)), now = JSON.stringify(film.usesOf(frame, moment));
      const isTold = story.some((each) => each.moment === moment);
      if (before !== now && !isTold) said.push(`the story of ${frame} leaves out moment ${moment}`);
    }
    const last = film.usesOf(frame, film.count - 1);
    if (last.length === 0 && !["freed", "exit"].includes(story.at(-1).kind)) {
      said.push(`frame ${frame} is free, and its story ends with ${story.at(-1).kind}`);
    }
  }
  return said.slice(0, 40);
}
"""
FILMS = {
    "fork_exec.s": "cow", "vfork_exec.s": "copy", "race_fork.s": "on-demand", "threads.s": "cow", "pipeline.s": "cow",
    "zombie.s": "copy", "orphan.s": "on-demand", "wait.s": "cow", "c/vfork_balance.c": "cow",
    "fork_tree.s": "on-demand",
}  # fmt: skip


@pytest.mark.parametrize("name", first_of(1, FILMS))
def test_answers_agree(name: str, page_of: Watched) -> None:
    page = filmed(booted(name, FILMS[name]), page_of, name)
    assert page.evaluate(AGREEING) == []
