"""How the processes of a run behaved: the record that rules are judged by, and what has to be asked for it.

A process is named by its descent, as in :mod:`vm.outcomes.orders`, which no schedule changes; and for people by its
place in the family. A *moment* numbers what a record has, from 1: what has a lower one happened before.
"""

from __future__ import annotations

from dataclasses import field

from vm.abi import CloneFlag
from vm.observe.deaths.remains import Standing
from vm.values import dataclass

Descent = tuple[int, ...]
"""The first process is (1,), the second thread or process that it made (1, 2)."""
FIRST: Descent = (1,)
"""The program that a test runs."""
ENTRY_LIMIT = 100_000
"""Processes, calls, writes and descriptors that are recorded: so many of each, the first ones."""

FORK, VFORK, SPAWN, CLONE, THREAD = "fork", "vfork", "posix_spawn", "clone", "pthread_create"
"""What the creation of a process or thread is to a program, whichever call it was."""
_SHARES, _SUSPENDS, _IS_THREAD = int(CloneFlag.CLONE_VM), int(CloneFlag.CLONE_VFORK), int(CloneFlag.CLONE_THREAD)


def creation(flags: int, stack: int) -> str:
    """Return what a clone with these flags, and this stack, is to a program: one of FORK to THREAD.

    A library's posix_spawn gives the child, which shares its memory, a stack of its own; its vfork does not.
    """
    if flags & _IS_THREAD:
        return THREAD
    if not flags & _SHARES:
        return FORK
    if flags & _SUSPENDS:
        return SPAWN if stack else VFORK
    return CLONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be recorded. ``life``: processes, which cost next to nothing, and are there with all the others.

    ``calls``: system calls of these names; with ``others`` those too whose names are not in it; with ``vforked`` all of
    what vfork has made, until it executes a program. ``writes``: what the first process writes while it has children
    that it has not collected. ``descriptors``: which are open at an end.
    """

    life: bool = False
    calls: frozenset[str] = frozenset()
    others: frozenset[str] | None = None
    vforked: bool = False
    writes: bool = False
    descriptors: bool = False

    def __or__(self, other: Wanted) -> Wanted:
        both = [each for each in (self.others, other.others) if each is not None]
        return Wanted(
            life=self.life or other.life,
            calls=self.calls | other.calls,
            others=frozenset.intersection(*both) if both else None,
            vforked=self.vforked or other.vforked,
            writes=self.writes or other.writes,
            descriptors=self.descriptors or other.descriptors,
        )

    @property
    def wants_calls(self) -> bool:
        """True where calls are recorded."""
        return bool(self.calls) or self.others is not None or self.vforked

    def wants_call(self, name: str) -> bool:
        """True for a call that is recorded."""
        return name in self.calls or (self.others is not None and name not in self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A process. ``who`` is its name for people; ``maker`` made it by ``how``, and ``parent`` was to collect it.

    They are empty for the machine's own process. ``programs`` are the paths that it executed, the first ones. It was
    made at moment ``born``, ended at ``ended`` with ``exit_code`` or by ``signal``, and was collected at ``collected``
    by ``collector``; what has not happened is at 0. ``is_ignored``: nobody asked for its status, since its parent
    ignores SIGCHLD or wants no zombies. ``none_left``: the last moment at which it was told that it has no children to
    wait for. ``threads``: the most that it had at once. ``copied``: pages that its creation copied, ``copied_later``
    those that it had put off.
    """

    descent: Descent
    pid: int
    who: str
    maker: Descent = ()
    parent: Descent = ()
    how: str = ""
    programs: tuple[str, ...] = ()
    born: int = 0
    ended: int = 0
    exit_code: int | None = None
    signal: int | None = None
    collected: int = 0
    collector: Descent = ()
    is_ignored: bool = False
    none_left: int = 0
    threads: int = 1
    copied: int = 0
    copied_later: int = 0

    @property
    def has_left(self) -> bool:
        """True for one that has ended by itself: what a signal kills can put nothing in order."""
        return self.ended > 0 and self.signal is None

    @property
    def title(self) -> str:
        """``child 2 (pid 4)``."""
        return f"{self.who} (pid {self.pid})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A system call of process ``who``, made at ``moment`` while it ran ``program``.

    ``name`` is the call's, or for what makes processes one of FORK to THREAD. ``text`` is the call as a trace shows it.
    ``error`` is 0 unless it failed. ``is_vforked``: vfork has made the process, and it has executed no program yet.
    ``standing`` is where the process was, of the first calls; None of the others.
    """

    who: Descent
    moment: int
    name: str
    text: str
    error: int = 0
    is_vforked: bool = False
    program: str = ""
    standing: Standing | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """The first process has written ``data``, the beginning of it, to ``stream``."""

    moment: int
    stream: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A descriptor that process ``who`` had open when it ended by itself: ``what`` in words.

    ``is_inherited``: it had it from the start.
    """

    who: Descent
    descriptor: int
    what: str
    is_pipe: bool
    is_inherited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Process ``who`` waits for ever; ``why`` completes "it waits for …"."""

    who: Descent
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What processes did in a run, as far as rules ask for it: processes and calls in the order of their moments.

    ``cut`` names the lists that are not whole: "members", "calls", "writes", "left". ``is_over`` is false for a run
    that something ended before its processes did; ``stuck`` are those that wait for ever.
    """

    wanted: Wanted = Wanted()
    members: tuple[Member, ...] = ()
    calls: tuple[Call, ...] = ()
    writes: tuple[Write, ...] = ()
    left: tuple[Left, ...] = ()
    stuck: tuple[Waiting, ...] = ()
    cut: frozenset[str] = frozenset()
    is_over: bool = True
