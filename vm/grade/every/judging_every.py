"""A test under every schedule: a run that fails it, if there is one."""

from __future__ import annotations

from dataclasses import replace

from vm.grade.allowed import Allowed
from vm.grade.every.explored import Explored
from vm.grade.every.judging_some import judge_some
from vm.grade.every.looking import Looked, Looking
from vm.grade.every.reasons import why
from vm.grade.every.tried import Judge, Tried, lost, unjudged
from vm.grade.images import Images
from vm.grade.lab import Test
from vm.grade.trying import try_once
from vm.outcomes.rests import TooLarge
from vm.quantities import plural

FIRST = (20, 200)
"""Runs that are made before more are, unless one of them fails."""
WORK = 30_000
"""Steps of all runs that are made after those, at most."""
DRAWN = 20
"""Schedules of a program whose runs have too many steps."""
NO_DIALOGUE = "a dialogue is not tried under every schedule: give the test an input instead, or a number of schedules"
OWN = "the machine's own schedule, under which a limit was reached"
TOO_LARGE = "what the program can write is too much to be judged under every schedule: give a number of schedules"


def judge_every(test: Test, images: Images, judge: Judge, allowed: Allowed | None = None, seed: int = 0) -> Tried:
    """Try a test under every schedule. Raises CannotRun.

    What is written, and how runs end, is judged exactly, of as many outcomes as there are. But where an expectation is
    a regular expression, or leaves out white space or case, and there are more than 20,000 outcomes, those are and
    others that ``seed`` draws; and so where the automata get too large. Files are judged in a run of each class, which
    has the same in all. What processes do is judged in that and in runs in which they end as early and as late as they
    can: so exactly as far as it depends on whether an end comes before something else, if that is not more than 150
    runs.

    A run that fails is a failure, whatever was not tried; one that a limit ends under the machine's own schedule is not
    followed by others, each of which might take as long. Where a limit of runs came first (the test's, or fewer if they
    have very many steps) and none fails the test is passed, since the limit is the same for all and wherever it runs;
    ``schedules`` says so. Of runs with more steps than are explored nothing is known: the test is tried under some
    schedules then. Where this computer's time was up nobody knows, which is an error.
    """
    error = unjudged(test, allowed) or (NO_DIALOGUE if test.dialogue else "")
    if error:
        return Tried(error=error)
    own = try_once(test, images)
    endless = tuple(judge(test, own, allowed)) if own.limit else ()
    if endless:
        return Tried(failures=endless, schedules=OWN)
    try:
        explored, found = _explored(test, images, judge, allowed, seed)
    except TooLarge:
        return Tried(error=TOO_LARGE)
    if found.losing is None:
        if explored.is_cut_by_time:
            return Tried(schedules=_words(explored, found), error=_no_time(test))
        if explored.has_too_long:
            some = judge_some(replace(test, count=DRAWN), images, judge, allowed, seed)
            return replace(some, schedules=f"{_words(explored, found)}; and {some.schedules} that were drawn")
        return Tried(schedules=_words(explored, found))
    losing, passing = found.losing, found.passing
    run = explored.observe(losing.index, losing.sequence, record=True)
    assert run is not None, "a run that was found can be made again"
    failures = judge(explored.test, run, allowed)
    assert failures, "a run that was made again fails as it did"
    reason = next((each.title for each in failures if each.kind == "grader"), "")
    if reason:
        return Tried(schedules=_words(explored, found), error=reason)
    is_all = not (explored.cut or found.is_sample or found.are_sample)
    told = why(losing, passing, explored.orders) if passing is not None else ""
    return Tried(
        failures=lost(failures, run, depends=passing is not None or not is_all, why=told),
        schedules=_words(explored, found),
    )


def _explored(
    test: Test, images: Images, judge: Judge, allowed: Allowed | None, seed: int
) -> tuple[Explored, Looked]:  # fmt: skip
    """Explore by a few runs first: most programs have no more, and of those that have many fail soon.

    The test's runs are as many as WORK allows: so it does not depend on this computer's speed how far that comes.
    """
    most = test.runs
    for runs in (*[few for few in FIRST if few < test.runs], test.runs):
        explored = Explored(replace(test, runs=min(runs, most)), images)
        is_last = not explored.is_cut_by_runs or runs >= most
        found = Looking(explored, judge, allowed, seed).look(is_first=not is_last)
        if found.losing is not None or is_last:
            break
        most = max(runs + 1, WORK // explored.length)
    return explored, found


def _words(explored: Explored, found: Looked) -> str:
    """What was tried; where a run of few fails, there was no need of more."""
    words = explored.words
    if found.losing is not None and explored.is_cut_by_runs:
        words = f"the first {plural(explored.test.runs, 'run')}, of which one fails"
    if found.is_sample:
        words += ", of which some were judged"
    if found.runs:
        words += f"; {plural(found.runs, 'run')} judged by what processes do"
        if found.are_sample:
            words += ", a sample"
    return words


def _no_time(test: Test) -> str:
    return (
        f"not every schedule was tried in {test.seconds:g} seconds, and none fails: give the test fewer runs "
        "(limits.runs) or more seconds"
    )
