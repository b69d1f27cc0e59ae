"""A small language for concurrent programs: its statements are what processes do that others can notice.

A program is a tree of statements, each a system call or an access to shared memory, with what is done with its result.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

KILL, USR1, USR2, PIPE, TERM, CHLD = 9, 10, 12, 13, 15, 17
"""Numbers of signals."""
Pid = tuple[int, ...]
"""A process by its descent: the first is (1,), its second child (1, 2)."""


@dataclass(frozen=True, eq=False, repr=False)
class Statement:
    """One system call or access to shared memory, and what is done with its result; two are equal if identical."""

    def __repr__(self) -> str:
        """As it is written, without what is usual."""
        told = [
            f"{each.name}={value!r}" for each in fields(self) if (value := getattr(self, each.name)) != each.default
        ]
        return f"{type(self).__name__}({', '.join(told)})"


Body = tuple[Statement, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Say(Statement):
    """Write ``text`` to standard output."""

    text: bytes


@dataclass(frozen=True, eq=False, repr=False)
class Exit(Statement):
    code: int


@dataclass(frozen=True, eq=False, repr=False)
class Self(Statement):
    """getpid(2): learn one's own pid, which children made later know as their parent's."""


@dataclass(frozen=True, eq=False, repr=False)
class Fork(Statement):
    """Make a child, known as ``name`` from now on, that does ``body`` and exits with 0.

    ``how``: "fork"; "vfork"; or "clone", which shares its memory and suspends nobody. A child of the latter two leaves
    the memory that is not meant to be shared alone.
    """

    name: str
    body: Body
    how: str = "fork"


@dataclass(frozen=True, eq=False, repr=False)
class Wait(Statement):
    """Wait for the child ``name``, for any if that is empty.

    If ``tells``, a letter is written: what it exited with, the signal that ended it, or the error. With an ``expected``
    name ``then`` is done where it was this child, ``other`` where not. With ``polls`` (WNOHANG) ``then`` is done where
    one was taken, ``other`` if none has ended yet or there is none.
    """

    name: str = ""
    tells: bool = False
    expected: str = ""
    polls: bool = False
    then: Body = ()
    other: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class MakePipe(Statement):
    """Make the pipe ``name`` with ends ``name + "r"`` and ``name + "w"``.

    One that is ``narrow`` has room for a page: each letter that is written is a page, and so is each that is read.
    """

    name: str
    never_waits: bool = False
    narrow: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Close(Statement):
    end: str


@dataclass(frozen=True, eq=False, repr=False)
class Dup(Statement):
    """Make ``new`` another descriptor of what ``end`` is one of."""

    end: str
    new: str


@dataclass(frozen=True, eq=False, repr=False)
class NeverWait(Statement):
    """Set O_NONBLOCK of what ``end`` is a descriptor of, for all who share it."""

    end: str


@dataclass(frozen=True, eq=False, repr=False)
class Put(Statement):
    """Write ``text`` into a pipe; ``failed`` is done after an error."""

    end: str
    text: bytes
    failed: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class Get(Statement):
    """Read at most ``size`` bytes from a pipe: write them out, or do ``got`` if that is given.

    At the end of file do ``ended``, after an error ``failed``.
    """

    end: str
    size: int
    got: Body = ()
    ended: Body = ()
    failed: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class Look(Statement):
    """Ask by ppoll(2) whether a read from ``end`` would have to wait: do ``then`` if not, else ``other``."""

    end: str
    then: Body = ()
    other: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class Kill(Statement):
    """Send ``signal`` to a child or elder sibling by name, to "self" or "parent"; to nobody if that is not known."""

    name: str
    signal: int


@dataclass(frozen=True, eq=False, repr=False)
class Handle(Statement):
    """Let a handler with this ``body`` run for ``signal``; None: ignore it. ``restarts`` is SA_RESTART."""

    signal: int
    body: Body | None
    restarts: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class Mask(Statement):
    signal: int
    blocks: bool


@dataclass(frozen=True, eq=False, repr=False)
class Pause(Statement):
    """Wait for a signal that has a handler."""


@dataclass(frozen=True, eq=False, repr=False)
class Suspend(Statement):
    """Wait for a signal that has a handler, and block none meanwhile: sigsuspend(2)."""


@dataclass(frozen=True, eq=False, repr=False)
class SetFlag(Statement):
    """In a handler: set a flag of the process's own memory. Nobody else can run before what comes next."""


@dataclass(frozen=True, eq=False, repr=False)
class IfFlag(Statement):
    """Do ``then`` if the flag is set, else ``other``. Nobody else can run before what comes next."""

    then: Body
    other: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class Load(Statement):
    """Load a word of shared memory and write it as a digit; or, with ``equals``, do ``then`` if it is that."""

    word: int
    equals: int | None = None
    then: Body = ()
    other: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class Store(Statement):
    word: int
    value: int


@dataclass(frozen=True, eq=False, repr=False)
class Add(Statement):
    """Add to a word of shared memory: in one go, or by a load and a store."""

    word: int
    value: int
    at_once: bool = True
    tells: bool = False
    """What it was before is written as a digit; only ``at_once``."""


@dataclass(frozen=True, eq=False, repr=False)
class SleepOn(Statement):
    """Wait for a wake-up on a word of shared memory if it is ``equals``, else do ``failed``: futex(2), FUTEX_WAIT."""

    word: int
    equals: int
    failed: Body = ()


@dataclass(frozen=True, eq=False, repr=False)
class Wake(Statement):
    """Wake one of those who wait on the word: FUTEX_WAKE."""

    word: int


@dataclass(frozen=True, eq=False, repr=False)
class AskParent(Statement):
    """getppid(2): write "y" if it is the parent that was known at birth, "n" if not."""


@dataclass(frozen=True, eq=False, repr=False)
class Append(Statement):
    """Write ``text`` to the file that the program has open, all processes with one offset."""

    text: bytes


@dataclass(frozen=True, eq=False, repr=False)
class ShowFile(Statement):
    """Read the file from its beginning, by pread(2), and write what it holds."""


@dataclass(frozen=True, eq=False, repr=False)
class Lock(Statement):
    """Wait for the record lock of the whole file, which is the process's own until it ends: fcntl(2), F_SETLKW."""


@dataclass(frozen=True, eq=False, repr=False)
class Unlock(Statement):
    """Give it up."""


@dataclass(frozen=True, eq=False, repr=False)
class Sleep(Statement):
    """Sleep so many milliseconds, which pass only when nobody else can run."""

    duration: int


@dataclass(frozen=True, eq=False, repr=False)
class Resume(Statement):
    """The second half of a vfork: the process is suspended until its child has ended."""

    child: Pid
    name: str


@dataclass(frozen=True, eq=False, repr=False)
class Return(Statement):
    """rt_sigreturn(2): the end of a handler."""


END, RETURN = Exit(0), Return()
LOCAL = (SetFlag, IfFlag)
