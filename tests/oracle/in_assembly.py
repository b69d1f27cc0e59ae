"""A small concurrent program as a source in assembly: raw system calls, and between them only moves and branches.

What a program remembers is in its own memory: descriptors, pids and the flag; -1, NOBODY and 0 while there are none.
Results are in registers, which a handler leaves alone. Words of shared memory are at s11, the open file is s10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from tests.oracle.small_language import (
    END,
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

NOBODY = 0x3FFF_FFFF
O_NONBLOCK, F_SETFL, F_SETPIPE_SZ, WNOHANG, SA_RESTART, SIG_IGN, POLLIN = 0o4000, 4, 1031, 1, 0x1000_0000, 1, 1
MAP_SHARED_ANONYMOUS, READ_WRITE, AT_FDCWD, O_RDWR_CREAT = 0x21, 3, -100, 0o102
F_SETLK64, F_SETLKW64, F_WRLCK, F_UNLCK, FUTEX_WAIT, FUTEX_WAKE, CLOCK_MONOTONIC = 13, 14, 1, 2, 0, 1, 1
CLONE_VM_SIGCHLD, PAGE = 0x111, 4096

CALLS = {
    "dup": 23, "fcntl": 25, "openat": 56, "close": 57, "pipe2": 59, "read": 63, "write": 64, "pread64": 67, "exit": 93,
    "kill": 129, "rt_sigaction": 134, "rt_sigprocmask": 135, "getpid": 172, "getppid": 173, "mmap": 222, "wait4": 260,
    "ppoll_time64": 414, "rt_sigsuspend": 133, "clone": 220, "futex_time64": 422,
    "clock_nanosleep_time64": 407, "vfork": 1071, "fork": 1079,
}  # fmt: skip


def statements_of(body: Body) -> Iterator[Statement]:
    """Yield every statement of a program, those too that depend on something."""
    for statement in body:
        yield statement
        for field in fields(statement):
            if isinstance(inner := getattr(statement, field.name), tuple):
                yield from statements_of(inner)


def to_assembly(program: Body) -> str:
    """Return the source of ``program``."""
    return Source(program).text()


class Source:
    """Lines of code and of data as they come into being; ``handlers`` are still to be written."""

    def __init__(self, program: Body) -> None:
        self.program = program
        self.code: list[str] = []
        self.data: list[str] = []
        self.handlers: list[tuple[str, Body]] = []
        self.labels = 0
        self.everything = [*statements_of(program)]
        self.has_clones = any(isinstance(each, Fork) and each.how == "clone" for each in self.everything)
        self.narrow = {each.name for each in self.everything if isinstance(each, MakePipe) and each.narrow}

    def text(self) -> str:
        everything = self.everything
        if any(isinstance(statement, Load | Store | Add | SleepOn | Wake) for statement in everything):
            self.call("mmap", "0", "4096", READ_WRITE, MAP_SHARED_ANONYMOUS, "-1", "0")
            self.code.append("mv s11, a0")
        if any(isinstance(statement, Append | ShowFile | Lock | Unlock) for statement in everything):
            name = self.datum('.asciz "/tmp/shared"')
            self.call("openat", AT_FDCWD, f"&{name}", O_RDWR_CREAT, 0o600)
            self.code.append("mv s10, a0")
        self.body((*self.program, END))
        while self.handlers:
            label, body = self.handlers.pop()
            self.code.append(f"{label}:")
            self.body(body)
            self.code.append("ret")
        names = {"self", "parent", *[statement.name for statement in everything if isinstance(statement, Fork)]}
        pipes = [statement.name for statement in everything if isinstance(statement, MakePipe)]
        copies = [statement.new for statement in everything if isinstance(statement, Dup)]
        variables = [
            "flag: .word 0",
            *[f"pid_{name}: .word {NOBODY:#x}" for name in sorted(names)],
            *[f"fd_{name}r: .word -1\nfd_{name}w: .word -1" for name in pipes],
            *[f"fd_{new}: .word -1" for new in dict.fromkeys(copies)],
        ]
        lines = ["_start:", *self.code, ".data", ".balign 8", *variables, *self.data]
        return "\n".join([".globl _start", *[line if ":" in line else f"    {line}" for line in lines], ""])

    # --- words of the language --------------------------------------------------------------------------------------

    def label(self) -> str:
        self.labels += 1
        return f"L{self.labels}"

    def datum(self, directive: str) -> str:
        label = self.label()
        self.data.append(f".balign 8\n{label}: {directive}")
        return label

    def call(self, name: str, *arguments: int | str) -> None:
        """Make a call. An argument is a number; "&label"; "*label", what is there; or a register."""
        for index, argument in enumerate(arguments):
            register = f"a{index}"
            if isinstance(argument, int) or argument.lstrip("-").isdigit():
                self.code.append(f"li {register}, {argument}")
            elif argument[0] in "&*":
                self.code.append(f"{'la' if argument[0] == '&' else 'lw'} {register}, {argument[1:]}")
            elif argument != register:
                self.code.append(f"mv {register}, {argument}")
        self.code += [f"li a7, {CALLS[name]}", "ecall"]

    def write(self, text: bytes, descriptor: int | str = 1) -> None:
        label = self.datum('.ascii "' + text.decode() + '"')
        self.call("write", descriptor, f"&{label}", len(text))

    def write_letter(self, register: str) -> None:
        letter = self.datum(".byte 0")
        self.code.append(f"sb {register}, {letter}, t6")
        self.call("write", 1, f"&{letter}", 1)

    def either(self, branch: str, then: Body, other: Body) -> None:
        """Do ``then``, or ``other`` where ``branch`` is taken."""
        at_other, at_end = self.label(), self.label()
        self.code.append(f"{branch}, {at_other}")
        self.body(then)
        self.code += [f"j {at_end}", f"{at_other}:"]
        self.body(other)
        self.code.append(f"{at_end}:")

    def body(self, body: Body) -> None:
        for statement in body:
            WRITERS[type(statement)](self, statement)

    # --- statements -------------------------------------------------------------------------------------------------

    def say(self, statement: Say) -> None:
        self.write(statement.text)

    def exit(self, statement: Exit) -> None:
        self.call("exit", statement.code)

    def self_(self, _statement: Self) -> None:
        self.call("getpid")
        self.code.append("sw a0, pid_self, t0")

    def fork(self, statement: Fork) -> None:
        parent = self.label()
        if statement.how == "clone":
            self.data.append(".balign 16\n.skip 4096")
            self.call("clone", CLONE_VM_SIGCHLD, f"&{self.datum('.word 0')}", 0, 0, 0)
        else:
            self.call(statement.how)
        self.code.append(f"bnez a0, {parent}")
        if statement.how == "fork":
            self.code += ["lw t0, pid_self", "sw t0, pid_parent, t1", f"li t0, {NOBODY}", "sw t0, pid_self, t1"]
        self.body((*statement.body, END))
        self.code += [f"{parent}:", f"sw a0, pid_{statement.name}, t0"]

    def wait(self, statement: Wait) -> None:
        status = self.datum(".word 0")
        who = f"*pid_{statement.name}" if statement.name else "-1"
        self.call("wait4", who, f"&{status}", WNOHANG if statement.polls else 0, 0)
        self.code.append("mv s0, a0")
        if statement.tells:
            failed, exited, told, end = [self.label() for _ in range(4)]
            self.code += [
                f"beqz s0, {end}", f"bltz s0, {failed}", f"lw t0, {status}", "andi t1, t0, 127", f"beqz t1, {exited}",
                f"addi t0, t1, {ord('@')}", f"j {told}",
                f"{exited}:", "srli t0, t0, 8", f"addi t0, t0, {ord('0')}", f"j {told}",
                f"{failed}:", "neg t0, s0", f"addi t0, t0, {ord('`')}",
                f"{told}:",
            ]  # fmt: skip
            self.write_letter("t0")
            self.code.append(f"{end}:")
        if statement.expected:
            self.code.append(f"lw t0, pid_{statement.expected}")
        if statement.then or statement.other:
            self.either("bne s0, t0" if statement.expected else "blez s0", statement.then, statement.other)

    def make_pipe(self, statement: MakePipe) -> None:
        self.call("pipe2", f"&fd_{statement.name}r", O_NONBLOCK if statement.never_waits else 0)
        if statement.narrow:
            self.call("fcntl", f"*fd_{statement.name}r", F_SETPIPE_SZ, PAGE)

    def close(self, statement: Close) -> None:
        self.call("close", f"*fd_{statement.end}")
        if not self.has_clones:  # which share the memory, but not the descriptors
            self.code += ["li t0, -1", f"sw t0, fd_{statement.end}, t1"]

    def dup(self, statement: Dup) -> None:
        self.call("dup", f"*fd_{statement.end}")
        self.code.append(f"sw a0, fd_{statement.new}, t0")

    def never_wait(self, statement: NeverWait) -> None:
        self.call("fcntl", f"*fd_{statement.end}", F_SETFL, O_NONBLOCK)

    def put(self, statement: Put) -> None:
        if statement.end[0] in self.narrow:
            page = self.datum(f".fill {PAGE}, 1, '{statement.text.decode()}'")
            self.call("write", f"*fd_{statement.end}", f"&{page}", PAGE)
        else:
            self.write(statement.text, f"*fd_{statement.end}")
        if statement.failed:
            self.either("bltz a0", (), statement.failed)

    def get(self, statement: Get) -> None:
        is_narrow = statement.end[0] in self.narrow
        buffer = self.datum(f".skip {PAGE if is_narrow else 8}")
        failed, ended, end = self.label(), self.label(), self.label()
        self.call("read", f"*fd_{statement.end}", f"&{buffer}", PAGE if is_narrow else statement.size)
        self.code += [f"bltz a0, {failed}", f"beqz a0, {ended}"]
        if statement.got:
            self.body(statement.got)
        else:
            self.code.append("li a2, 1" if is_narrow else "mv a2, a0")
            self.call("write", 1, f"&{buffer}", "a2")
        self.code += [f"j {end}", f"{failed}:"]
        self.body(statement.failed)
        self.code += [f"j {end}", f"{ended}:"]
        self.body(statement.ended)
        self.code.append(f"{end}:")

    def look(self, statement: Look) -> None:
        files = self.datum(f".word -1, {POLLIN}, 0, 0, 0, 0")
        self.code += [f"lw t0, fd_{statement.end}", f"sw t0, {files}, t1"]
        self.call("ppoll_time64", f"&{files}", 1, f"&{files} + 8", 0, 8)
        self.either("blez a0", statement.then, statement.other)

    def kill(self, statement: Kill) -> None:
        self.call("kill", f"*pid_{statement.name}", statement.signal)

    def handle(self, statement: Handle) -> None:
        handler: int | str = SIG_IGN
        if statement.body is not None:
            handler = self.label()
            self.handlers.append((handler, statement.body))
        action = self.datum(f".word {handler}, {SA_RESTART if statement.restarts else 0}, 0, 0")
        self.call("rt_sigaction", statement.signal, f"&{action}", 0, 8)

    def mask(self, statement: Mask) -> None:
        signals = self.datum(f".word {1 << statement.signal - 1}, 0")
        self.call("rt_sigprocmask", int(not statement.blocks), f"&{signals}", 0, 8)

    def pause(self, _statement: Pause) -> None:
        self.call("ppoll_time64", 0, 0, 0, 0, 8)

    def suspend(self, _statement: Suspend) -> None:
        self.call("rt_sigsuspend", f"&{self.datum('.word 0, 0')}", 8)

    def set_flag(self, _statement: SetFlag) -> None:
        self.code += ["li t0, 1", "sw t0, flag, t1"]

    def if_flag(self, statement: IfFlag) -> None:
        self.code.append("lw t0, flag")
        self.either("beqz t0", statement.then, statement.other)

    def load(self, statement: Load) -> None:
        self.code.append(f"lw t0, {4 * statement.word}(s11)")
        if statement.equals is None:
            self.code.append(f"addi t0, t0, {ord('0')}")
            self.write_letter("t0")
        else:
            self.code.append(f"li t1, {statement.equals}")
            self.either("bne t0, t1", statement.then, statement.other)

    def store(self, statement: Store) -> None:
        self.code += [f"li t0, {statement.value}", f"sw t0, {4 * statement.word}(s11)"]

    def add(self, statement: Add) -> None:
        place = f"{4 * statement.word}(s11)"
        if not statement.at_once:
            self.code += [f"lw t0, {place}", f"addi t0, t0, {statement.value}", f"sw t0, {place}"]
            return
        self.code += [f"addi t0, s11, {4 * statement.word}", f"li t1, {statement.value}", "amoadd.w t0, t1, (t0)"]
        if statement.tells:
            self.code.append(f"addi t0, t0, {ord('0')}")
            self.write_letter("t0")

    def sleep_on(self, statement: SleepOn) -> None:
        self.code.append(f"addi a0, s11, {4 * statement.word}")
        self.call("futex_time64", "a0", FUTEX_WAIT, statement.equals, 0, 0, 0)
        if statement.failed:
            self.either("bltz a0", (), statement.failed)

    def wake(self, statement: Wake) -> None:
        self.code.append(f"addi a0, s11, {4 * statement.word}")
        self.call("futex_time64", "a0", FUTEX_WAKE, 1, 0, 0, 0)

    def lock(self, _statement: Lock) -> None:
        self.call(
            "fcntl",
            "s10",
            F_SETLKW64,
            f"&{self.datum(f'.word {F_WRLCK}, 0, 0, 0, 0, 0, 0, 0')}",
        )

    def unlock(self, _statement: Unlock) -> None:
        self.call("fcntl", "s10", F_SETLK64, f"&{self.datum(f'.word {F_UNLCK}, 0, 0, 0, 0, 0, 0, 0')}")

    def sleep(self, statement: Sleep) -> None:
        duration = self.datum(f".word 0, 0, {statement.duration * 1_000_000}, 0")
        self.call("clock_nanosleep_time64", CLOCK_MONOTONIC, 0, f"&{duration}", 0)

    def ask_parent(self, _statement: AskParent) -> None:
        known = self.label()
        self.call("getppid")
        self.code += ["lw t0, pid_parent", f"li t1, {ord('y')}", f"beq a0, t0, {known}", f"li t1, {ord('n')}"]
        self.code.append(f"{known}:")
        self.write_letter("t1")

    def append(self, statement: Append) -> None:
        self.write(statement.text, "s10")

    def show_file(self, _statement: ShowFile) -> None:
        buffer, end = self.datum(".skip 64"), self.label()
        self.call("pread64", "s10", f"&{buffer}", 64, 0, 0)
        self.code += [f"blez a0, {end}", "mv a2, a0"]
        self.call("write", 1, f"&{buffer}", "a2")
        self.code.append(f"{end}:")


WRITERS: dict[type[Statement], Callable[[Source, Any], None]] = {
    Say: Source.say, Exit: Source.exit, Self: Source.self_, Fork: Source.fork, Wait: Source.wait,
    MakePipe: Source.make_pipe, Close: Source.close, Dup: Source.dup, NeverWait: Source.never_wait, Put: Source.put,
    Get: Source.get, Kill: Source.kill, Handle: Source.handle, Mask: Source.mask, Pause: Source.pause,
    SleepOn: Source.sleep_on, Wake: Source.wake, Lock: Source.lock, Unlock: Source.unlock, Sleep: Source.sleep,
    Suspend: Source.suspend, Look: Source.look,
    SetFlag: Source.set_flag, IfFlag: Source.if_flag, Load: Source.load, Store: Source.store, Add: Source.add,
    AskParent: Source.ask_parent, Append: Source.append, ShowFile: Source.show_file,
}  # fmt: skip
