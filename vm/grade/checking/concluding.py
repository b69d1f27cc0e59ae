"""What follows from the tasks of a proof: which tests prove nothing, and what nobody notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vm.grade.checking.findings import Checked, Fate, Found, Judged, Level, Tally
from vm.grade.checking.statics import look_at
from vm.grade.lab import Lab, Place

_ORDER = {level: number for number, level in enumerate(Level)}


def conclude(
    lab: Lab, seeds: Sequence[int], possible: int, came: Sequence[tuple[Found, ...] | Judged]
) -> Checked:  # fmt: skip
    """Conclude from what came of all tasks, in their order; ``possible`` is how many mutants there could have been."""
    judged = _without_twins([each for each in came if isinstance(each, Judged)])
    found = [one for each in came if not isinstance(each, Judged) for one in each]
    tallies = tuple(_tallies(lab, judged))
    proved = [*_once(found), *look_at(lab), *_blind(lab, tallies, judged), *_untried(lab, possible, judged)]
    places = {test.name: number for number, test in enumerate(lab.tests)}
    proved.sort(key=lambda each: (_ORDER[each.level], places.get(each.test, len(places)), each.kind, each.title))
    return Checked(
        lab=lab.name, file=lab.file, seeds=tuple(seeds), found=tuple(proved), possible=possible, mutants=tuple(judged),
        tallies=tallies,
    )  # fmt: skip


def _without_twins(judged: Sequence[Judged]) -> list[Judged]:
    """Mutants whose program an earlier one has had count once."""
    seen: set[str] = set()
    found = []
    for each in judged:
        is_twin = each.fate in (Fate.FAILED, Fate.SURVIVED, Fate.UNJUDGED) and each.image in seen
        seen.add(each.image)
        found.append(Judged(mutant=each.mutant, fate=Fate.TWICE, image=each.image) if is_twin else each)
    return found


def _once(found: Sequence[Found]) -> Iterator[Found]:
    """What several seeds have shown alike is said once, and so is that no schedule passes."""
    seen: set[tuple[str, str]] = set()
    failed = {each.test for each in found if each.kind == "reference"}
    for each in found:
        depends = any(failure.losing is not None and failure.losing.depends for failure in each.failures)
        is_known = each.kind == "demands-too-much" and each.test in failed and not depends
        if (each.kind, each.test) not in seen and not is_known:
            seen.add((each.kind, each.test))
            yield each


def _tallies(lab: Lab, judged: Sequence[Judged]) -> Iterator[Tally]:
    for test in lab.tests:
        failed = [each for each in judged if test.name in each.failed]
        alone = sum(len(each.failed) == 1 for each in failed)
        yield Tally(test=test.name, points=test.points, failed=len(failed), alone=alone)


def _blind(lab: Lab, tallies: Sequence[Tally], judged: Sequence[Judged]) -> Iterator[Found]:
    """Tests that no mutant fails."""
    tried = sum(each.fate in (Fate.FAILED, Fate.SURVIVED, Fate.UNJUDGED) for each in judged)
    if not tried:
        return
    for test, tally in zip(lab.tests, tallies, strict=True):
        if not tally.failed:
            word = "point" if test.points == 1 else "points"
            worth = f", and nobody loses its {test.points:g} {word}" if test.points else ""
            yield Found(
                level=Level.ERROR, kind="cannot-fail", test=test.name, place=test.place,
                title=f"none of {tried} mutants fails this test{worth}",
                advice="let it ask for more, or try more mutants (--mutants)",
            )  # fmt: skip


def _untried(lab: Lab, possible: int, judged: Sequence[Judged]) -> Iterator[Found]:
    """Where no mutant could be made or run, as of an image, nobody knows whether a test can fail."""
    is_tried = any(each.fate in (Fate.FAILED, Fate.SURVIVED, Fate.UNJUDGED) for each in judged)
    if lab.reference and not is_tried and (judged or not possible):
        yield Found(
            level=Level.NOTE, kind="no-mutants", place=Place(lab.file, 1),
            title="no mutant of the reference solution could be tried, and so not whether any test can fail",
            advice="mutants are made of sources in C and in assembly",
        )  # fmt: skip
