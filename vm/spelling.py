"""What a misspelled name may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'addi'?`` when one of ``known`` is close to ``name``, else an empty string."""
    if len(name) > 64:
        return ""
    candidates = [word for word in known if word != name]
    lowered = name.lower()
    best = next((word for word in candidates if word.lower() == lowered), None)
    if best is None:
        import difflib  # for a slip alone

        close = difflib.get_close_matches(name, candidates, 8, 0.6)
        slips, best = min(((_slips(name, word), word) for word in close), key=lambda pair: pair[0], default=(0, None))
        if slips > max(1, len(name) // 3):
            best = None
    return f"; did you mean '{best}'?" if best else ""


def _slips(written: str, meant: str) -> int:
    """How many letters were left out, added, mistaken, or swapped with their neighbour."""
    before: list[int] = []
    last = list(range(len(meant) + 1))
    for i, letter in enumerate(written):
        row = [i + 1]
        for j, other in enumerate(meant):
            cost = min(last[j] + (letter != other), last[j + 1] + 1, row[j] + 1)
            if i and j and letter == meant[j - 1] and written[i - 1] == other:
                cost = min(cost, before[j - 1] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
