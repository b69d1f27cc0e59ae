"""Programs that take all there is: processes, memory, descriptors, files, output, time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.grade.hostile.planting import CALLS, Hostile, call, folder, program, say

ARGUMENTS = "arguments: .word self, 0"
THREAD = 0x00010F00  # CLONE_VM | FS | FILES | SIGHAND | THREAD
SIGNALS = (1, 2, 6, 9, 11, 14, 15, 17, 18, 19)


def loop(body: str) -> str:
    return f"again:\n{body}\nj again\n"


def everywhere(signal: int, *before: str) -> str:
    return loop("".join(before) + call("kill", -1, signal))


def ignoring(signal: int) -> str:
    """Have a signal ignored."""
    return call("rt_sigaction", signal, "ignore", 0, 8)


IGNORE = ".balign 4\nignore: .word 1, 0, 0, 0, 0"
SMALL_STACK = call("mmap", 0, 65536, 3, 0x22, -1, 0) + "li t0, 65536\nadd s1, a0, t0\n"
THREADS = loop(SMALL_STACK + call("clone", THREAD, "%s1", 0, 0, 0))

PROCESSES: dict[str, tuple[str, str]] = {
    "fork": (loop(call("fork")), ""),
    "fork that waits": (loop(call("fork") + "bnez a0, 1f\nj again\n1:\n" + call("wait4", -1, 0, 0, 0)), ""),
    "fork in the parent alone": (loop(call("fork") + "bnez a0, again\n" + call("exit", 0)), ""),
    "fork with sessions": (loop(call("fork") + call("setsid")), ""),
    "fork of sleepers": (loop(call("fork") + "bnez a0, again\n" + call("nanosleep", 0, 0, "long", 0)),
                         "long: .word 1000000, 0, 0, 0"),
    "vfork": (loop(call("vfork")), ""),
    "vfork that ends": (loop(call("vfork") + "bnez a0, again\n" + call("exit", 0)), ""),
    "vfork then exec of itself": (loop(call("vfork") + "bnez a0, again\n" + call("execve", "self", "arguments", 0)),
                                  ARGUMENTS),
    "clone": (loop(call("clone", 17, 0, 0, 0, 0)), ""),
    "clone that shares": (loop(call("clone", 0x111, 0, 0, 0, 0)), ""),
    "clone without a signal": (loop(call("clone", 0, 0, 0, 0, 0)), ""),
    "threads": (THREADS, ""),
    "exec of itself": (call("execve", "self", "arguments", 0), ARGUMENTS),
    "exec with more arguments each time": (
        "la t0, arguments\nlw t1, 0(sp)\nli t2, 0\n1: la t3, self\nsw t3, 0(t0)\naddi t0, t0, 4\naddi t2, t2, 1\n"
        "ble t2, t1, 1b\nsw zero, 0(t0)\n" + call("execve", "self", "arguments", 0),
        ".balign 4\narguments: .space 65536"),
    "exec of garbage": (loop(call("execve", "buffer", "buffer", "buffer")), ""),
    "exec of its own descriptor": (loop(call("execve", "name", 0, 0)), 'name: .asciz "/proc/self/exe"'),
    "orphans": (loop(call("fork") + "beqz a0, again\n" + call("exit", 0)), ""),
    "zombies": ("li s0, 1000\nagain:\n" + call("fork") + "beqz a0, 1f\naddi s0, s0, -1\nbnez s0, again\nj 2f\n1:\n"
                + call("exit", 7) + "2:\n", ""),
    "daemon": (call("fork") + "bnez a0, end\n" + call("setsid") + call("fork") + "bnez a0, end\n"
               + loop(call("sched_yield")) + "end:", ""),
    "children that stop themselves": (loop(call("fork") + "bnez a0, again\n" + call("getpid") + "mv s0, a0\n"
                                           + call("kill", "%s0", 19)), ""),
    "kills its parent": (loop(call("getppid") + "mv s0, a0\n" + call("kill", "%s0", 9)), ""),
    "kills the reaper": (loop(call("kill", 1, 9)), ""),
    "kills each number": ("li s0, 0\n" + loop("addi s0, s0, 1\n" + call("kill", "%s0", 15)), ""),
    "stops itself": (call("getpid") + "mv s0, a0\n" + call("kill", "%s0", 19), ""),
    "ignores all": ("li s0, 1\n1:\n" + "mv a0, s0\nla a1, ignore\nli a2, 0\nli a3, 8\nli a7, 134\necall\n"
                    "addi s0, s0, 1\nli t0, 65\nbne s0, t0, 1b\n2: j 2b\n", IGNORE),
    "blocks all": (call("rt_sigprocmask", 0, "ones", 0, 8) + "1: j 1b\n", "ones: .word -1, -1"),
    "waits for itself": (call("pipe2", "ends", 0) + "la t0, ends\nlw a0, 0(t0)\nla a1, buffer\nli a2, 1\nli a7, 63\n"
                         "ecall\n", ".balign 8\nends: .word 0, 0"),
    "waits on a futex": (call("futex", "ones", 0, -1, 0, 0, 0), ".balign 4\nones: .word -1"),
    "reads what nobody types": (loop(call("read", 0, "buffer", 1)), ""),
    "children that wait for each other": (
        call("pipe2", "ends", 0) + call("fork") + call("fork") + "la t0, ends\nlw a0, 0(t0)\nla a1, buffer\nli a2, 1\n"
        "li a7, 63\necall\n", ".balign 8\nends: .word 0, 0"),
    "a full pipe": (call("pipe2", "ends", 0) + "la t0, ends\nlw s0, 4(t0)\n"
                    + loop(call("write", "%s0", "buffer", 4096)),
                    ".balign 8\nends: .word 0, 0"),
    "sleeps for ever": (loop(call("nanosleep", 0, 0, "long", 0)), "long: .word -1, 0x7fffffff, 0, 0"),
    "traces": (loop(call("ptrace", 0, 0, 0, 0)), ""),
}  # fmt: skip
"""By name: instructions, and data."""

MEMORY: dict[str, tuple[str, str]] = {
    "brk": (call("brk", 0) + "mv s0, a0\n" + loop("li t0, 0x100000\nadd s0, s0, t0\n" + call("brk", "%s0")
                                                   + "bne a0, s0, 1f\nsw a0, -4(a0)\n") + "1:", ""),
    "brk that grows for ever": ("li s0, 0\n" + loop("addi s0, s0, 1\n" + call("brk", "%s0")), ""),
    "mappings": (loop(call("mmap", 0, 1 << 20, 3, 0x22, -1, 0)), ""),
    "many small mappings": (loop(call("mmap", 0, 4096, 3, 0x22, -1, 0) + "sw a0, 0(a0)\n"), ""),
    "mappings with holes": (loop(call("mmap", 0, 12288, 3, 0x22, -1, 0) + "mv s0, a0\nli t0, 4096\nadd s0, s0, t0\n"
                                 + call("munmap", "%s0", 4096)), ""),
    "shared mappings": (loop(call("mmap", 0, 1 << 20, 3, 0x21, -1, 0)) + call("fork"), ""),
    "a mapping of all": (loop(call("mmap", 0, 0x7FFFF000, 3, 0x4022, -1, 0)), ""),
    "permissions changed": ("li s0, 0x100000\n" + loop(call("mmap", 0, 65536, 3, 0x22, -1, 0) + "mv s0, a0\n"
                                                       + call("mprotect", "%s0", 4096, 1)), ""),
    "stack": ("1: addi sp, sp, -2048\nsw zero, 0(sp)\nj 1b\n", ""),
    "stack by calls": ("again: addi sp, sp, -16\njal again\n", ""),
    "touched in each child": (call("brk", 0) + "li t0, 0x400000\nadd s0, a0, t0\n" + call("brk", "%s0")
                              + loop(call("fork") + "li t0, 0x300000\nsub t1, s0, t0\n1: sw t1, 0(t1)\nli t2, 4096\n"
                                     "add t1, t1, t2\nblt t1, s0, 1b\n"), ""),
    "files in memory": (loop(call("memfd_create", "self", 0) + "mv s0, a0\n"
                             + call("write", "%s0", "buffer", 4096)), ""),
}  # fmt: skip

OPEN = call("openat", -100, "name", 0x42, 0o666) + "mv s0, a0\n"
FILE = 'name: .asciz "/tmp-file"'
FILES: dict[str, tuple[str, str]] = {
    "descriptors by dup": (loop(call("dup", 1)), ""),
    "descriptors by pipes": (loop(call("pipe2", "ends", 0)), ".balign 8\nends: .word 0, 0"),
    "descriptors by open": (loop(OPEN), FILE),
    "descriptors asked for": (loop(call("fcntl", 1, 0, 0x7FFFFFF)), ""),
    "a file without end": (OPEN + loop(call("write", "%s0", "buffer", 4096)), FILE),
    "a sparse file": (OPEN + call("ftruncate", "%s0", 0, -1, 0x7FFFFFFF) + call("ftruncate", "%s0", 0, 0, 4), FILE),
    "folders in folders": (loop(call("mkdirat", -100, "name", 0o777) + call("chdir", "name")), 'name: .asciz "d"'),
    "links to links": (loop(call("symlinkat", "name", -100, "name") + call("openat", -100, "name", 0, 0)),
                       'name: .asciz "/l"'),
    "files of many names": ("la s1, name\n" + loop("lw t0, 0(s1)\naddi t0, t0, 1\nsw t0, 0(s1)\n"
                                                   + call("openat", -100, "name", 0x42, 0o666) + "mv s0, a0\n"
                                                   + call("close", "%s0")),
                            ".balign 4\nname: .ascii \"aaaa\"\n.word 0"),
    "devices": (loop(call("mknodat", -100, "name", 0o20666, 0x101)), 'name: .asciz "/mem"'),
    "a huge write": (loop(call("write", 1, "buffer", 0x7FFFFFFF)), ""),
    "a pipe to itself": (call("pipe2", "ends", 0) + loop(call("sendfile", 1, 0, 0, 0x7FFFFFFF)),
                         ".balign 8\nends: .word 0, 0"),
}  # fmt: skip

TIME: dict[str, tuple[str, str]] = {
    "a loop": ("1: j 1b\n", ""),
    "a loop of divisions": ("1: div t0, t1, t2\nrem t1, t0, t2\nj 1b\n", ""),
    "a loop of atomics": ("la t0, buffer\n1: amoadd.w t1, t1, (t0)\nlr.w t2, (t0)\nsc.w t2, t2, (t0)\nj 1b\n", ""),
    "a loop over pages": ("la t0, buffer\n1: lw t1, 0(t0)\nxori t0, t0, 4\nj 1b\n", ""),
    "calls": (loop(call("getpid")), ""),
    "calls that do not exist": (loop("li a7, 4000\necall\n"), ""),
    "yields": (loop(call("sched_yield")), ""),
    "reads of nothing": (loop(call("read", 0, "buffer", 0)), ""),
    "reads of zeros": (call("openat", -100, "name", 0, 0) + "mv s0, a0\n" + loop(call("read", "%s0", "buffer", 4096)),
                       'name: .asciz "/dev/zero"'),
    "two in turn": (call("fork") + loop(call("sched_yield")), ""),
    "faults that are caught": ("mv s1, sp\n" + call("rt_sigaction", 11, "action", 0, 8)
                               + "back: mv sp, s1\nlw t0, 0(zero)\nj back\n",
                               ".balign 4\naction: .word back, 0x40000000, 0, 0, 0"),
}  # fmt: skip

TEXTS = {
    "colours": r"\033[31m\033[2J\033]0;owned\007",
    "markup": r"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a link": r"[x](http://evil.example) ![y](http://evil.example/z)",
    "a formula": r"=cmd|'/c calc'!A0",
    "mentions": r"@everyone @all #1 closes #1",
    "right to left": r"\342\200\256gnp.exe\342\201\246",
    "no UTF-8": r"\377\376\200\300\257\355\240\200",
    "zeros": r"\000\000\000",
    "what XML has not": r"\001\013\014\016\037\357\277\277]]>",
    "returns": r"\r\rpassed\b\b\b\b",
    "workflow commands": r"::error file=/etc/passwd::x\n::set-output name=x::y\n##[error]",
    "a fence": r"```\n</details></pre></code>\n```",
}


def output(text: str) -> tuple[str, str]:
    """Write a text again and again."""
    write = "la a1, text\nla a2, behind\nsub a2, a2, a1\nli a0, 1\nli a7, 64\necall\n"
    return loop(write), f'text: .ascii "{text}"\nbehind:'


OUTPUT: dict[str, tuple[str, str]] = {
    **{name: output(text) for name, text in TEXTS.items()},
    "zeros without end": (loop(say("buffer", 4096)), ""),
    "byte by byte": (loop(say("self", 1)), ""),
    "errors without end": (loop(call("write", 2, "buffer", 4096)), ""),
    "both in turn": (loop(say("self", 1) + call("write", 2, "self", 1)), ""),
    "children that all print": (loop(call("fork") + say("self", 2)), ""),
    "one long line": ("la t0, buffer\nli t1, 4096\nadd t1, t0, t1\nli t2, 65\n1: sb t2, 0(t0)\naddi t0, t0, 1\n"
                      "bne t0, t1, 1b\nli s0, 2560\n2:\n" + say("buffer", 4096) + "addi s0, s0, -1\nbnez s0, 2b\n", ""),
}  # fmt: skip


def wild(random: Random, number: int) -> Hostile:
    """A program that makes calls at random, with arguments at random."""
    lines = []
    values: list[int | str] = [0, 1, -1, 2, 17, 0x7FFFFFFF, -100, 4096, "buffer", "self", "_start"]
    for _ in range(40):
        name = random.choice(sorted(set(CALLS) - {"exit", "exit_group"}))
        lines.append(call(name, *random.choices(values, k=6)))
    return folder(f"wild {number}", {"p.s": program(loop("".join(lines)))})


def bombs(random: Random) -> Iterator[Hostile]:
    for kinds in (PROCESSES, MEMORY, FILES, TIME, OUTPUT):
        for name, (body, data) in kinds.items():
            yield folder(name, {"p.s": program(body, data)})
    for signal in SIGNALS:
        yield folder(f"signal {signal} to all", {"p.s": program(everywhere(signal, ignoring(signal)), IGNORE)})
    for number in range(10):
        yield wild(random, number)
