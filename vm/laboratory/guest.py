"""The program that the laboratory measures, written for one experiment at a time."""

from __future__ import annotations

from vm.abi import CALL_NUMBERS, PAGE_SIZE, CloneFlag, Signal
from vm.laboratory.experiment import Experiment

CHILD_PROGRAM = """
# What a child execs: it exits at once.
        .globl  _start
_start: li      a0, 0
        li      a7, 93
        ecall
"""

_CREATE = {
    "fork": f"li a7, {CALL_NUMBERS['fork']}\n        ecall",
    "vfork": f"li a7, {CALL_NUMBERS['vfork']}\n        ecall",
    "spawn": f"""li a0, {int(CloneFlag.CLONE_VM | CloneFlag.CLONE_VFORK) | Signal.SIGCHLD}
        la      a1, child_stack_top
        li      a7, {CALL_NUMBERS["clone"]}
        ecall""",
}

_EXEC = """la a0, path
        la      a1, argv
        li      a2, 0
        li      a7, 221
        ecall
        j       failed"""

_ARGUMENTS = {"shell": ("/bin/sh", "-c", ":")}

_ACT = {
    "exit": "",
    "exec": _EXEC,
    "shell": _EXEC,
    "write": """mv t0, s0
        li      t1, WRITTEN
        lui     t2, 1
1:      beqz    t1, 2f
        sw      t1, 0(t0)
        add     t0, t0, t2
        addi    t1, t1, -1
        j       1b
2:""",
}


def _argument_vector(experiment: Experiment) -> str:
    path, *rest = _ARGUMENTS.get(experiment.action, ("/child",))
    names = [f"argument{index}" for index in range(len(rest))]
    strings = [f'{name}: .asciz "{text}"' for name, text in zip(names, rest, strict=True)]
    return "\n".join([f"argv:   .word {', '.join(['path', *names, '0'])}", f'path:   .asciz "{path}"', *strings])


def source(experiment: Experiment) -> str:
    """The assembly source: touch the memory, then in each round create the children and await them."""
    return f"""
        .equ    SIZE, {experiment.size}
        .equ    ROUNDS, {experiment.rounds}
        .equ    CHILDREN, {experiment.children}
        .equ    DEPTH, {experiment.depth}
        .equ    WRITTEN, {experiment.size // PAGE_SIZE * experiment.written // 100}
        .globl  _start
_start: li      a0, 0
        li      a7, 214
        ecall
        mv      s0, a0                  # s0: the heap
        li      t0, SIZE
        add     s5, s0, t0              # s5: its end
        mv      a0, s5
        ecall
        bne     a0, s5, failed
        lui     t2, 1
        mv      t0, s0
touch:  bgeu    t0, s5, touched
        sw      t0, 0(t0)
        add     t0, t0, t2
        j       touch
touched:
        li      s4, 0                   # s4: how deep this process is
        li      s1, ROUNDS
round:  li      s2, CHILDREN
create: {_CREATE[experiment.call]}
        beqz    a0, child
        bltz    a0, failed
        addi    s2, s2, -1
        bnez    s2, create
        li      s2, CHILDREN
        bnez    s4, last                # below the first process there is one child, one round
await:  call    wait
        addi    s2, s2, -1
        bnez    s2, await
        addi    s1, s1, -1
        bnez    s1, round
        li      a0, 0
leave:  li      a7, 93
        ecall
last:   call    wait
        li      a0, 0
        j       leave

child:  addi    s4, s4, 1
        li      t0, DEPTH
        li      s2, 1
        bltu    s4, t0, create
        {_ACT[experiment.action]}
        li      a0, 0
        j       leave

wait:   li      a0, -1
        addi    a1, sp, -16
        li      a2, 0
        li      a3, 0
        li      a7, 260
        ecall
        bltz    a0, failed
        lw      a0, -16(sp)
        bnez    a0, failed              # what the child was to do went wrong
        ret
failed: li      a0, 1
        j       leave

        .data
        .balign 4
{_argument_vector(experiment)}
        .bss
        .balign 16
        .space  4096
child_stack_top:
"""
