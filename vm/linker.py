"""What the linker says, in the user's own names: where the compiler keeps things is nobody's business."""

from __future__ import annotations

import re

_KEPT = re.compile(
    r"/[^\s():]*/(?:o/[0-9a-f]{32}/|\.unfinished-[^/\s]+/|(?=vfork-[0-9a-f]{32})|ziglang/lib/(?:[^\s():]+/)?)"
    r"([^\s():/]+)"
)
"""A file in a cache of the compiler's or ours, or of the library's sources."""
_PLACE = re.compile(r"^>>> referenced by (\S+:\d+)")
_USER = re.compile(r"\.[oa]:\(([^()]*)\)$")


def plain_errors(said: str, source: str) -> str:
    """What the compiler said of ``source``, where the linker's lines name no file of a cache.

    A symbol that is missing is told in a line, with the place in a source that uses it.
    """
    lines: list[str] = []
    blocks = re.split(r"\n(?!>>>)", said)
    for block in blocks:
        head, *rest = _KEPT.sub(r"\1", block).split("\n")
        _, found, symbol = head.partition("undefined symbol: ")
        lines += [_missing(symbol, rest, source)] if found else [head, *rest]
    return "\n".join(lines)


def _missing(symbol: str, told: list[str], source: str) -> str:
    meant = next((line.partition("did you mean: ")[2] for line in told if "did you mean: " in line), "")
    advice = f"; did you mean {meant}?" if meant else ""
    if symbol == "main":
        return f"{source} has no function main{advice}"
    places = [place[1] for place in map(_PLACE.match, told) if place]
    users = [user[1] for user in map(_USER.search, told) if user]
    where = f"{places[0]}: " if places else f"{source}: "
    return f"{where}{symbol} is used{f' in {users[0]}' if users else ''}, and defined nowhere{advice}"
