"""Links between threads: those that a reader of a picture wants to see."""

from __future__ import annotations

from itertools import chain

from vm.outcomes.orders import Descent, Step

_INHERITED = ("own", "birth")
"""Reasons that a thread's line shows, as itself or as its beginning."""
_TOLD = ("exit", "resumed", "data", "signal", "woken")
"""Reasons that are told though the link follows from others: where bytes came from, who woke whom."""


def cross_links(steps: tuple[Step, ...]) -> dict[int, list[tuple[int, str]]]:
    """Return, for each step that has any, its links to steps of other threads: their numbers, and why.

    Births are not among them. Of links that do not tell where something came from there are only those that do not
    follow from the step's other links.
    """
    pasts: list[dict[Descent, int]] = []
    links: dict[int, list[tuple[int, str]]] = {}
    for at, step in enumerate(steps):
        own = [link.step for link in step.links if link.why == "own"]
        past = pasts[own[0]] if own else {}
        others = [link for link in step.links if link.why != "own"]
        if others:
            past = dict(past)
            for link in others:
                source = steps[link.step]
                for thread, number in chain(pasts[link.step].items(), [(source.thread, source.number)]):
                    past[thread] = max(past.get(thread, -1), number)
        pasts.append(past)
        found = [
            (link.step, link.why)
            for link in others
            if link.why not in _INHERITED
            and steps[link.step].thread != step.thread
            and (link.why in _TOLD or not _follows(link.step, step, steps, pasts))
        ]
        if found:
            links[at] = found
    return links


def _follows(source: int, step: Step, steps: tuple[Step, ...], pasts: list[dict[Descent, int]]) -> bool:
    """Tell whether ``source`` comes before another step that ``step`` has a link to."""
    thread, number = steps[source].thread, steps[source].number
    for link in step.links:
        if link.step != source:
            other = steps[link.step]
            if pasts[link.step].get(thread, -1) >= number or (other.thread == thread and other.number > number):
                return True
    return False
