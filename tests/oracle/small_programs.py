"""Small concurrent programs at random, and each as a source in assembly.

Up to four processes make some ten system calls, or accesses to shared memory. They are chosen so that they meet:
pipes are made before forks, signals go to relatives, who waits has children.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tests.oracle.small_language import (
    CHLD,
    END,
    KILL,
    PIPE,
    TERM,
    USR1,
    USR2,
    Add,
    Append,
    AskParent,
    Body,
    Close,
    Dup,
    Exit,
    Fork,
    Get,
    Handle,
    IfFlag,
    Kill,
    Load,
    Lock,
    Look,
    MakePipe,
    Mask,
    NeverWait,
    Pause,
    Put,
    Say,
    Self,
    SetFlag,
    ShowFile,
    Sleep,
    SleepOn,
    Statement,
    Store,
    Suspend,
    Unlock,
    Wait,
    Wake,
)

FEATURES = (
    "clone", "wait", "pipe", "pipe", "signal", "signal", "memory", "memory", "futex", "file", "lock", "sleep", "orphan",
    "vfork",
)  # fmt: skip
"""What a program is made of: two or three of these."""
TEXTS = "abcdefghijklmnopqrstuvwxyz"
LONGEST = 5
"""Statements of one body at most."""


@dataclass
class Scope:
    """What a process can name: ends of pipes, children that were not waited for, others that it may send signals to."""

    ends: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    depth: int = 0
    borrows: bool = False
    has_flag: bool = False
    handled: list[int] = field(default_factory=list)

    def child(self, borrows: bool) -> Scope:
        relatives = [*self.others, *self.children]
        return replace(
            self, ends=self.ends.copy(), children=[], others=relatives, depth=self.depth + 1, borrows=borrows,
            handled=self.handled.copy(),
        )  # fmt: skip


class Author:
    """Writes one program: ``calls`` and ``processes`` are how many may still come."""

    def __init__(self, seed: int, calls: int, processes: int) -> None:
        self.random = random.Random(f"small program {seed}")
        self.calls = calls
        self.processes = processes - 1
        self.features = set(self.random.sample(FEATURES, self.random.choice((1, 2, 2, 3))))
        self.narrow: set[str] = set()
        self.names = iter(f"p{number}" for number in range(100))
        self.durations = self.random.sample((11, 23, 47, 89), 4)
        self.letters = iter(TEXTS * 4)
        self.bytes = iter(TEXTS.upper() * 20)

    def program(self) -> Body:
        scope = Scope()
        start: list[Statement] = []
        if "orphan" in self.features or "signal" in self.features:
            start.append(Self())
        if "pipe" in self.features:
            for name in "PQ"[: self.random.choice((1, 1, 1, 2))]:
                is_narrow = self.random.random() < 0.2
                start.append(MakePipe(name, never_waits=self.random.random() < 0.15, narrow=is_narrow))
                self.narrow |= {name} if is_narrow else set()
                scope.ends += [name + "r", name + "w"]
        if "signal" in self.features:
            start += self.handlers(scope)
        first = self.fork(scope)
        self.calls = max(self.calls, 4)
        return (*start, first, *self.body(scope))

    def handlers(self, scope: Scope) -> Iterator[Statement]:
        for signal in self.random.sample((USR1, USR1, USR2, CHLD, PIPE, TERM), self.random.choice((1, 1, 2))):
            if signal not in scope.handled:
                yield self.handle(scope, signal)
        if scope.handled and self.random.random() < 0.2:
            yield Mask(scope.handled[0], blocks=True)

    def handle(self, scope: Scope, signal: int) -> Handle:
        scope.handled.append(signal)
        restarts = self.random.random() < 0.7
        what = self.random.random()
        if what < 0.1:
            return Handle(signal, None)
        if what < 0.4 and signal != PIPE and "clone" not in self.features:
            scope.has_flag = True
            return Handle(signal, (SetFlag(),), restarts)
        if what < 0.5 and "memory" in self.features:
            return Handle(signal, (Add(0, 1),), restarts)
        if what < 0.6 and signal == CHLD:
            return Handle(signal, (Wait(polls=True, tells=True),), restarts)
        return Handle(signal, (self.say(),), restarts)

    def body(self, scope: Scope) -> Iterator[Statement]:
        last: Statement | None = None
        for _ in range(self.random.randint(2, 3 if scope.depth else LONGEST)):
            if self.calls <= 0:
                break
            kinds = self.kinds(scope)
            statement = self.random.choices(list(kinds), list(kinds.values()))[0](scope)
            if isinstance(statement, IfFlag) and isinstance(last, Fork | None):
                yield Self()  # the flag is looked at after a call that a signal may come before
            yield statement
            last = statement
        if self.random.random() < 0.5:
            yield Exit(self.random.randint(1, 3))

    def kinds(self, scope: Scope) -> dict[Callable[[Scope], Statement], float]:
        """What may come next, each with its weight."""
        kinds: dict[Callable[[Scope], Statement], float] = {lambda _scope: self.say(): 2}
        if self.processes and scope.depth < 3 and not scope.borrows:
            kinds[self.fork] = 4 if scope.depth == 0 else 1
        if scope.children:
            kinds[self.wait] = 3 if "wait" in self.features else 1
        elif "wait" in self.features:
            kinds[self.wait] = 0.1
        if scope.ends:
            kinds.update({self.put: 3, self.get: 3, self.look: 0.4})
            if not scope.borrows:
                kinds.update({self.close: 2.5, self.never_wait: 0.3})
                kinds.update({self.dup: 0.3} if "clone" not in self.features else {})
        if "signal" in self.features:
            kinds[self.kill] = 3
            if not scope.borrows:
                kinds.update({self.pause: 0.6, self.mask: 0.7, self.ask_flag: 1 if scope.has_flag else 0})
        if "memory" in self.features:
            kinds.update({self.load: 1.5, self.store: 1, self.add: 2})
        if "futex" in self.features:
            kinds.update({self.sleep_on: 2, self.wake: 2, self.load: 0.5, self.store: 1, self.add: 1})
        if "lock" in self.features:
            kinds.update({lambda _scope: self.count(Lock()): 2, lambda _scope: self.count(Unlock()): 2})
            kinds.update({self.append: 1, lambda _scope: self.count(ShowFile()): 1})
        if "sleep" in self.features and self.durations:
            kinds[self.sleep] = 2
        if "file" in self.features:
            kinds.update({self.append: 2, lambda _scope: self.count(ShowFile()): 1})
        if "orphan" in self.features and scope.depth:
            kinds[lambda _scope: self.count(AskParent())] = 3
        return kinds

    def count(self, statement: Statement, calls: int = 1) -> Statement:
        self.calls -= calls
        return statement

    def say(self) -> Statement:
        return self.count(Say(("z" if self.random.random() < 0.1 else next(self.letters)).encode()))

    def short(self, scope: Scope) -> Body:
        """What depends on a result: a text, or the end."""
        if self.random.random() < 0.2 and not scope.borrows:
            return (self.count(Exit(self.random.randint(4, 6))),)
        return (self.say(),)

    def fork(self, scope: Scope) -> Statement:
        self.processes -= 1
        how = self.random.choice(["fork", *sorted({"vfork", "clone"} & self.features)])
        name = next(self.names)
        self.count(END)
        inner = scope.child(how != "fork")
        start = (
            [Self()] if how == "fork" and self.features & {"signal", "orphan"} and self.random.random() < 0.5 else []
        )
        statement = Fork(name, (*start, *self.body(inner)), how)
        scope.children.append(name)
        return statement

    def wait(self, scope: Scope) -> Statement:
        self.count(END)
        if self.random.random() < 0.2:
            return Wait(
                self.one_or_any(scope), polls=True, tells=self.random.random() < 0.5, then=self.short(scope),
                other=self.short(scope),
            )  # fmt: skip
        name = self.one_or_any(scope)
        if name:
            scope.children.remove(name)
        elif scope.children and self.random.random() < 0.25:
            return Wait(expected=self.random.choice(scope.children), then=self.short(scope), other=self.short(scope))
        return Wait(name, tells=self.random.random() < 0.6)

    def one_or_any(self, scope: Scope) -> str:
        return self.random.choice(["", "", *scope.children])

    def put(self, scope: Scope) -> Statement:
        end = self.end(scope, "w")
        size = 1 if end[0] in self.narrow else self.random.choice((1, 1, 2, 3, 4))
        text = "".join(next(self.bytes) for _ in range(size)).encode()
        return self.count(Put(end, text, self.short(scope) if self.random.random() < 0.3 else ()))

    def look(self, scope: Scope) -> Statement:
        return self.count(Look(self.end(scope, "r"), self.short(scope), self.short(scope)))

    def get(self, scope: Scope) -> Statement:
        end = self.end(scope, "r")
        size = 1 if end[0] in self.narrow else self.random.choice((1, 1, 2, 2, 3, 5))
        got, ended, failed = [self.short(scope) if self.random.random() < 0.25 else () for _ in range(3)]
        return self.count(Get(end, size, got, ended, failed), 2)

    def end(self, scope: Scope, side: str) -> str:
        """Mostly an end of this side of a pipe."""
        return self.random.choice([end for end in scope.ends if side in end] or scope.ends)

    def close(self, scope: Scope) -> Statement:
        end = self.random.choice(scope.ends)
        scope.ends.remove(end)
        return self.count(Close(end))

    def dup(self, scope: Scope) -> Statement:
        end = self.random.choice(scope.ends)
        scope.ends.append(end + "2")
        return self.count(Dup(end, end + "2"))

    def never_wait(self, scope: Scope) -> Statement:
        return self.count(NeverWait(self.random.choice(scope.ends)))

    def kill(self, scope: Scope) -> Statement:
        targets = [*scope.children * 2, *scope.others, "self", *["parent"] * (2 if scope.depth else 0)]
        signal = self.random.choice([*scope.handled * 4, TERM, KILL, USR1])
        return self.count(Kill(self.random.choice(targets), signal))

    def pause(self, _scope: Scope) -> Statement:
        return self.count(Pause() if self.random.random() < 0.5 else Suspend())

    def mask(self, scope: Scope) -> Statement:
        signal = self.random.choice(scope.handled or [USR1])
        return self.count(Mask(signal, blocks=self.random.random() < 0.5))

    def ask_flag(self, scope: Scope) -> Statement:
        return IfFlag(self.short(scope), self.short(scope) if self.random.random() < 0.5 else ())

    def load(self, scope: Scope) -> Statement:
        word = self.random.choice((0, 0, 1))
        if self.random.random() < 0.5:
            return self.count(Load(word), 2)
        return self.count(Load(word, self.random.randint(0, 2), self.short(scope), ()))

    def store(self, _scope: Scope) -> Statement:
        return self.count(Store(self.random.choice((0, 0, 1)), self.random.randint(1, 3)))

    def add(self, _scope: Scope) -> Statement:
        at_once = self.random.random() < 0.4
        return self.count(Add(0, self.random.randint(1, 2), at_once, at_once and self.random.random() < 0.5), 2)

    def sleep_on(self, _scope: Scope) -> Statement:
        failed = (self.say(),) if self.random.random() < 0.5 else ()
        return self.count(SleepOn(0, self.random.choice((0, 0, 1)), failed))

    def wake(self, _scope: Scope) -> Statement:
        return self.count(Wake(0))

    def sleep(self, _scope: Scope) -> Statement:
        return self.count(Sleep(self.durations.pop()))

    def append(self, _scope: Scope) -> Statement:
        return self.count(Append(next(self.letters).encode()))


def small_program(seed: int, calls: int = 13, processes: int = 4) -> Body:
    """Return the program of a seed."""
    return Author(seed, calls, processes).program()
