"""From what vfork children did to what they did wrong: the rules of :mod:`vm.hazards.rules`, applied to windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from vm.hazards.causes import causes_of
from vm.hazards.conduct import Conduct
from vm.hazards.damage import Damage
from vm.hazards.findings import Finding
from vm.hazards.places import Case
from vm.hazards.rules import RULES
from vm.hazards.windows import Window
from vm.observe.symbols import Symbols, left_out

_order = list(RULES).index


def findings(groups: Iterable[tuple[Window, int]], note: Callable[[str], None] = lambda text: None) -> list[Finding]:
    """Every finding about windows, each of which stands for so many; the like ones are put together.

    They are in the order of the windows, and for each child in the order of the rules' table: causes first. ``note`` is
    told, once for a program, why its debugging information was not used in full.
    """
    symbols: dict[str, Symbols] = {}
    found: dict[tuple[object, ...], Finding] = {}
    astray: set[int] = set()
    for window, count in groups:
        site = window.site
        if window.parent in astray or (astray and window.outer):
            astray.add(window.child)  # whatever happens there comes from where an earlier child has led the parent
            continue
        case = Case(window, symbols.setdefault(site.path, Symbols(site.image)))
        told: dict[tuple[object, ...], Finding] = {}
        for finding in _judge(case, astray):
            told.setdefault(finding.key, finding)
        for key, finding in told.items():
            known = found.get(key, replace(finding, count=0))
            found[key] = replace(known, count=known.count + count)
    for path, names in symbols.items():
        if names.problem is not None:
            note(left_out(path, names.problem))
    return list(found.values())


def _judge(case: Case, astray: set[int]) -> list[Finding]:
    """What a child did wrong. ``astray`` receives the processes that its return has led to where nobody meant to be."""
    if case.window.ended == "abandoned":
        return []
    damage = Damage(case)
    causes = causes_of(case)
    folded, rest = causes.fold(damage.judged)
    astray |= causes.astray(folded)
    told = [
        *causes.findings(damage, folded), *damage.findings(rest), *damage.neighbours(),
        *Conduct(case, damage.library, causes).findings(),
    ]  # fmt: skip
    return sorted(told, key=lambda finding: _order(finding.rule))
