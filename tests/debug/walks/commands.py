"""Commands by chance, as somebody might type them who wants to know it all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from vm.observe.symbols import Symbols

FORWARDS = (("stepi", 12), ("step", 4), ("next", 4), ("nexti", 3), ("finish", 2), ("continue", 10), ("until", 1))
"""Commands that let the machine go on, and how often they are chosen."""
BACKWARDS = (
    ("reverse-stepi", 12), ("reverse-step", 4), ("reverse-next", 4), ("reverse-nexti", 3), ("reverse-finish", 2),
    ("reverse-continue", 5),
)  # fmt: skip
MANY = ("stepi", "nexti", "reverse-stepi", "reverse-nexti", "step", "next", "reverse-step", "reverse-next")
"""Those that take a number."""
KINDS = {
    "go": 60, "far": 8, "break": 8, "watch": 5, "catch": 5, "delete": 4, "inferior": 4, "thread": 2, "look": 2,
    "detach": 0.7, "kill": 0.7, "monitor": 1, "change": 2.5,
}  # fmt: skip
"""What a command is about, and how often."""
CALLS = ("write", "read", "wait4", "execve", "exit", "fork", "1079", "1071", "64", "openat", "clone")


@dataclass(frozen=True, slots=True)
class Terrain:
    """What commands can be about: addresses of instructions, names of functions, addresses of words of data."""

    code: tuple[int, ...]
    functions: tuple[str, ...]
    data: tuple[int, ...]


@dataclass(slots=True)
class Known:
    """What gdb has at the moment: inferiors (their numbers, and of those that run), threads, breakpoints.

    ``is_back``: whoever types is on the way back.
    """

    inferiors: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)
    breakpoints: list[str] = field(default_factory=list)
    is_back: bool = False


def terrain_of(image: bytes, code: Sequence[int]) -> Terrain:
    """The names and words of an image, and instructions that are executed."""
    symbols = Symbols(image)
    functions = sorted({symbols.function(pc) for pc in code} - {""})
    data = [address for start, content in symbols.data for address in range(start, start + len(content), 4)]
    return Terrain(tuple(sorted(set(code))), tuple(functions), tuple(data[:64]))


def choose(chance: random.Random, terrain: Terrain, known: Known) -> list[str]:
    """The next command, or some that belong together."""
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    if kind == "break":
        return [f"{chance.choice(['break', 'break', 'tbreak', 'hbreak'])} {_place(chance, terrain)}"]
    if kind == "watch" and terrain.data:
        word = chance.choice([f"*(int*){chance.choice(terrain.data):#x}", f"*(int*)($sp+{chance.choice([0, 4, 12])})"])
        return [f"{chance.choice(['watch', 'watch', 'rwatch', 'awatch'])} -l {word}"]
    if kind == "catch":
        what = chance.choice(["fork", "vfork", "exec", "fork", "vfork", "exec", f"syscall {chance.choice(CALLS)}"])
        return [f"catch {what}"]
    if kind == "look":
        return [chance.choice(["info threads", "info auxv", "bt", "x/8i $pc", "info proc mappings", "info line"])]
    if kind == "change" and terrain.data:
        number, register = chance.choice([0, 1, 77]), chance.choice(["t0", "t6", "s9", "a0"])
        word = f"*(int*){chance.choice(terrain.data):#x}"
        return [
            chance.choice(
                [f"set var ${register} = {number}", f"set var {word} = {number}", "signal SIGUSR1", "signal 0"]
            )
        ]
    if kind == "monitor":
        return [chance.choice(["monitor when", "monitor ps"])]
    about = {
        "delete": known.breakpoints, "inferior": known.inferiors, "thread": known.threads, "detach": known.running,
        "kill": known.running,
    }.get(kind)  # fmt: skip
    if about:
        verb = {"detach": "detach inferiors", "kill": "kill inferiors"}.get(kind, kind)
        return [f"{verb} {chance.choice(about)}"]
    return _go(chance, terrain, known, is_far=kind == "far")


def _place(chance: random.Random, terrain: Terrain) -> str:
    return chance.choice(terrain.functions) if chance.random() < 0.5 else f"*{chance.choice(terrain.code):#x}"


def _go(chance: random.Random, terrain: Terrain, known: Known, is_far: bool) -> list[str]:
    """Mostly on in the same direction."""
    if chance.random() < (0.25 if known.is_back else 0.15):
        known.is_back = not known.is_back
    if is_far:
        return [f"tbreak {_place(chance, terrain)}", "reverse-continue" if known.is_back else "continue"]
    ways = BACKWARDS if known.is_back else FORWARDS
    command = chance.choices([name for name, _ in ways], [weight for _, weight in ways])[0]
    if command in MANY and chance.random() < 0.25:
        return [f"{command} {chance.choice([2, 3, 5, 20, 50])}"]
    return [command]
