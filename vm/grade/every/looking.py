"""Looking for a run that fails a test, and for one that passes, among all outcomes of a program.

Outcomes that are few are judged one by one. Of very many, automata tell: that of the outcomes, and that of what is
expected. Where the latter is none (a regular expression, white space that does not count), some outcomes are judged:
the first ones, and others that a seed draws.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import islice
from random import Random

from vm.grade.allowed import Allowed
from vm.grade.every.explored import Explored, looks_at_runs, observation_of, texts_of
from vm.grade.every.extensions import at_random, extensions, outcome_of
from vm.grade.every.guides import Meets, Misses, Walk, walk_of
from vm.grade.every.tried import Judge
from vm.grade.every.written import patterns_of
from vm.grade.lab import How, Test
from vm.grade.observation import Observation
from vm.outcomes.kinds import Kind, Possible
from vm.outcomes.orders import Outcome
from vm.outcomes.rests import TooLarge
from vm.values import dataclass

FEW = 1_000
"""Outcomes that are judged one by one, where automata could tell as well."""
MOST = 20_000
"""Outcomes that are judged one by one, where they cannot."""
DRAWN = 1_000
"""Runs that are drawn where there are more."""
TRIED = 10
"""Classes of one way to end that are tried to be made again, until one can."""
REPLAYED = 150
"""Runs that are made again at most, where a test asks for what processes do."""
FEW_REPLAYED = 20
"""The same, where one that fails is known already."""


@dataclass(slots=True)
class Looked:
    """A run that fails and one that passes, as far as they were found.

    ``is_sample``: not all outcomes were judged, though no limit ended the exploration; ``runs`` are those that were
    made again, of which not all that can differ were if they ``are_sample``.
    """

    losing: Possible | None = None
    passing: Possible | None = None
    is_sample: bool = False
    runs: int = 0
    are_sample: bool = False


class Looking:
    """Looks through what was ``explored`` of a test's program, for who judges by ``judge``."""

    def __init__(self, explored: Explored, judge: Judge, allowed: Allowed | None, seed: int) -> None:
        self._explored = explored
        self._judge = judge
        self._allowed = allowed
        self._seed = seed
        test = explored.test
        self._texts = texts_of(test)
        self._plain = replace(test, rules=(), expected=replace(test.expected, files={}))
        bare = replace(test.expected, output=(), errors=(), terminal=(), files={})
        self._bare = replace(test, rules=(), expected=bare)

    def look(self, *, is_first: bool = False) -> Looked:
        """Look at what is written and how runs end, then at what processes do in them. Raises TooLarge.

        ``is_first``: more will be explored if none fails, so that few runs are made again.
        """
        found = Looked()
        for kind in self._explored.kinds:
            self._look_at_kind(kind, found)
        if looks_at_runs(self._explored.test):
            found.passing = None
            self._look_at_runs(found, FEW_REPLAYED if is_first else REPLAYED)
        return found

    def is_right(self, test: Test, run: Observation) -> bool:
        """Tell whether nothing is wrong with a run, for a test."""
        return not self._judge(test, run, self._allowed)

    # --- what is written, and how it ends -------------------------------------------------------------------------

    def _look_at_kind(self, kind: Kind, found: Looked) -> None:
        if found.losing is not None and found.passing is not None:
            return
        runs = ((index, self._explored.observe(index)) for index in kind.indices[:TRIED])
        index, like = next(((index, run) for index, run in runs if run is not None), (-1, None))
        if like is None:
            found.is_sample = True
            return
        ends_right = self.is_right(self._bare, like)
        if not ends_right or not self._texts:
            self._note(self._as_found(index), found, is_right=ends_right)
            return
        if self._is_as_reference(kind):
            self._note(self._as_found(index), found, is_right=True)
            return
        count, is_exact = kind.counted
        walks = self._walks() if count > FEW or not is_exact else None
        if walks is not None:
            with suppress(TooLarge):
                self._walk(kind, walks, found)
                return
        self._go_through(kind, like, found)
        if (count > MOST or not is_exact) and not (found.losing and found.passing):
            found.is_sample = True
            self._draw(kind, like, found)

    def _is_as_reference(self, kind: Kind) -> bool:
        """Tell whether it is asked for what the reference solution can write, and each class writes as one of its.

        There may be other programs that write nothing else: what others tell of them.
        """
        allowed = self._allowed
        texts = [text for texts in self._texts.values() for text in texts]
        if allowed is None or any(text.how is not How.REFERENCE for text in texts):
            return False
        orders = [self._explored.orders[index] for index in kind.indices]
        return all(set(patterns_of(orders, each)) <= set(allowed.patterns.get(each, ())) for each in self._texts)

    def _go_through(self, kind: Kind, like: Observation, found: Looked) -> None:
        """Judge all outcomes if they are not too many, else the first ones."""
        for outcome in islice(kind.first(None), MOST):
            is_right = self.is_right(self._plain, observation_of(outcome, like))
            if (found.passing if is_right else found.losing) is None:
                self._note(kind.run_of(outcome), found, is_right=is_right)
            if found.losing is not None and found.passing is not None:
                return

    def _draw(self, kind: Kind, like: Observation, found: Looked) -> None:
        """Judge others, of runs in which whoever can go on is drawn at each step."""
        rng = Random(f"{self._seed} {self._explored.test.name}")
        for _ in range(DRAWN):
            index = rng.choice(kind.indices)
            order = self._explored.orders[index]
            sequence = at_random(order, rng)
            outcome = outcome_of(order, sequence)
            is_right = self.is_right(self._plain, observation_of(outcome, like))
            self._note(Possible(outcome, index, sequence), found, is_right=is_right)

    def _walks(self) -> dict[str, list[Walk]] | None:
        """Return the automata of what is expected, by stream; None if there is none of one of them."""
        found: dict[str, list[Walk]] = {}
        for stream, texts in self._texts.items():
            for text in texts:
                walk = walk_of(text, self._allowed, stream)
                if walk is None:
                    return None
                found.setdefault(stream, []).append(walk)
        return found

    def _walk(self, kind: Kind, walks: dict[str, list[Walk]], found: Looked) -> None:
        """Let the automata tell."""
        for stream, each in walks.items():
            outcome = kind.outputs.find_guided({stream: Misses(each)})
            if outcome is not None:
                self._note(kind.run_of(outcome), found, is_right=False)
                break
        if found.passing is None:
            outcome = kind.outputs.find_guided({stream: Meets(each) for stream, each in walks.items()})
            if outcome is not None:
                self._note(kind.run_of(outcome), found, is_right=True)

    def _as_found(self, index: int) -> Possible:
        """The run of a class by which it was found."""
        order = self._explored.orders[index]
        sequence = tuple(range(len(order.steps)))
        return Possible(outcome_of(order, sequence), index, sequence)

    def _note(self, run: Possible | None, found: Looked, *, is_right: bool) -> None:
        if is_right:
            found.passing = found.passing or run
        else:
            found.losing = found.losing or run

    # --- what processes do ----------------------------------------------------------------------------------------

    def _look_at_runs(self, found: Looked, most: int) -> None:
        """Make runs of each class again: as it was found, then such that what can come sooner or later does."""
        test, orders = self._explored.test, self._explored.orders
        found.are_sample = self._explored.is_by_states
        for kind in self._explored.kinds:
            for index in kind.indices:
                several = extensions(orders[index], test.rules)
                found.are_sample |= several.is_cut
                for sequence in several.sequences:
                    if found.losing is not None and found.passing is not None:
                        return
                    if found.runs >= (FEW_REPLAYED if found.losing is not None else most):
                        found.are_sample = True
                        return
                    run = self._explored.observe(index, sequence)
                    if run is None:
                        continue
                    found.runs += 1
                    outcome = Outcome(run.terminal, run.output, run.errors, kind.end)
                    possible = Possible(outcome, index, sequence)
                    self._note(possible, found, is_right=self.is_right(test, run))
