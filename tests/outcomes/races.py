"""Small programs that race: for what was sent, written, closed, stopped, and for words that they share.

They are written a call at a time: the name of a system call with its arguments, numbers, registers, ``&label`` for an
address, ``*label`` for the word there. ``say X`` writes a letter, ``share`` maps a page for all who descend from who
does it, with its address in s0. Anything else is assembly. Labels are those of DATA.
"""

from __future__ import annotations

from vm.abi import CALL_NUMBERS

LETTERS = "ABCDEGHKMNOPQRSVWYZ"
DATA = """
        .data
        .balign 4
ends:   .word   0, 0
status: .word   0
buffer: .skip   16
action: .word   handler, 0, 0, 0
usr1:   .word   1 << 9, 0
name:   .asciz  "/tmp/x"
        .balign 16
        .skip   256
stack:
"""

BETWEEN_CALLS = {
    "wnohang": """
        fork; beqz a0, child; wait4 -1 0 1 0; beqz a0, z; say P; exit 0; z: say Z; exit 0;
        child: say C; exit 0
    """,
    "nonblock": """
        pipe2 &ends 2048; fork; beqz a0, child; read *ends &buffer 2; bltz a0, z; mv s0, a0;
        write 1 &buffer s0; say P; exit 0; z: say Z; exit 0; child: write *ends+4 &letter_A 1;
        write *ends+4 &letter_B 1; exit 0
    """,
    "sigpipe": """
        pipe2 &ends 0; fork; beqz a0, child; close *ends; wait4 -1 &status 0 0; lbu t0, status;
        beqz t0, ok; say K; exit 0; ok: say O; exit 0; child: close *ends; write *ends+4 &letter_A 1;
        say C; exit 0
    """,
    "handler": """
        rt_sigaction 10 &action 0 8; fork; beqz a0, child; mv s0, a0; kill s0 10; wait4 s0 0 0 0;
        say P; exit 0; child: say A; say B; exit 0; handler: say H; ret
    """,
    "two_readers": """
        pipe2 &ends 0; fork; beqz a0, child; fork; beqz a0, child2; write *ends+4 &letter_A 1;
        write *ends+4 &letter_B 1; exit 0; child: read *ends &buffer 1; write 1 &buffer 1; say C; exit 0;
        child2: read *ends &buffer 1; write 1 &buffer 1; say D; exit 0
    """,
    "orphan_echild": """
        fork; beqz a0, child; wait4 -1 0 0 0; say P; wait4 -1 0 0 0; bltz a0, e; say Y;
        e: exit 0; child: fork; beqz a0, grand; exit 0; grand: say G; getppid; li t0, 1;
        beq a0, t0, o; say M; exit 0; o: say O; exit 0
    """,
    "append": """
        openat -100 &name 1090 511; mv s0, a0; fork; beqz a0, child; write s0 &letter_A 1;
        write s0 &letter_B 1; wait4 -1 0 0 0; _llseek s0 0 0 0 0; openat -100 &name 0 0;
        read a0 &buffer 8; mv s1, a0; write 1 &buffer s1; exit 0; child: write s0 &letter_C 1; exit 0
    """,
    "stop": """
        fork; beqz a0, child; mv s0, a0; kill s0 19; wait4 s0 &status 2 0; lbu t0, status;
        li t1, 127; bne t0, t1, gone; say S; kill s0 18; wait4 s0 0 0 0; say P; exit 0;
        gone: say G; exit 0; child: say A; say B; exit 0
    """,
    "group": """
        rt_sigaction 10 &action 0 8; fork; beqz a0, child; kill 0 10; say P; exit 0; child: say A;
        exit 0; handler: say H; ret
    """,
    "blocked": """
        rt_sigaction 10 &action 0 8; rt_sigprocmask 0 &usr1 0 8; fork; beqz a0, child; mv s0, a0;
        kill s0 10; say P; exit 0; child: say A; rt_sigprocmask 1 &usr1 0 8; say B; exit 0;
        handler: say H; ret
    """,
    "eof_two": """
        pipe2 &ends 0; fork; beqz a0, child; fork; beqz a0, child2; close *ends+4;
        again: read *ends &buffer 4; mv s0, a0; beqz s0, done; write 1 &buffer s0; say R; j again;
        done: exit 0; child: write *ends+4 &letter_A 1; exit 0; child2: close *ends;
        write *ends+4 &letter_B 1; say D; exit 0
    """,
    "sigchld_default_wait": """
        rt_sigaction 17 &action 0 8; fork; beqz a0, child; say P; wait4 -1 0 0 0; say Q; exit 0;
        child: say C; exit 0; handler: say H; ret
    """,
    "read_intr": """
        rt_sigaction 10 &action 0 8; pipe2 &ends 0; getpid; mv s5, a0; fork; beqz a0, child;
        read *ends &buffer 1; bltz a0, e; write 1 &buffer 1; exit 0; e: say E; exit 0;
        child: kill s5 10; write *ends+4 &letter_A 1; exit 0; handler: say H; ret
    """,
    "vfork_sibling": """
        fork; beqz a0, child; vfork; beqz a0, v; say P; exit 0; v: say V; say W; exit 0;
        child: say C; exit 0
    """,
    "exit_early": """
        fork; beqz a0, child; exit 7; child: say A; getppid; li t0, 1; beq a0, t0, one; say B;
        exit 0; one: say C; exit 0
    """,
}
INSIDE = {
    "kernel_read": """
        share; li t0, 65; sb t0, 0(s0); fork; beqz a0, child; li t0, 66; sb t0, 0(s0); say P;
        exit 0; child: write 1 s0 1; write 1 s0 1; exit 0
    """,
    "kernel_write": """
        share; pipe2 &ends 0; li t0, 90; sb t0, 0(s0); fork; beqz a0, child; read *ends s0 1;
        exit 0; child: write *ends+4 &letter_A 1; lbu t0, 0(s0); sb t0, buffer, t1; write 1 &buffer 1;
        lbu t0, 0(s0); sb t0, buffer, t1; write 1 &buffer 1; exit 0
    """,
    "dekker": """
        share; fork; beqz a0, child; li t0, 1; sw t0, 0(s0); lw t1, 4(s0); addi t1, t1, 65;
        sb t1, buffer, t0; write 1 &buffer 1; exit 0; child: li t0, 1; sw t0, 4(s0); lw t1, 0(s0);
        addi t1, t1, 77; sb t1, buffer, t0; write 1 &buffer 1; exit 0
    """,
    "futex2": """
        share; fork; beqz a0, child; fork; beqz a0, child2; li t0, 1; sw t0, 0(s0); mv a0, s0;
        li a1, 1; li a2, 1; li a7, 422; ecall; say P; exit 0; child: mv a0, s0; li a1, 0;
        li a2, 0; li a3, 0; li a7, 422; ecall; say A; exit 0; child2: mv a0, s0; li a1, 0;
        li a2, 0; li a3, 0; li a7, 422; ecall; say B; exit 0
    """,
    "bytes": """
        share; fork; beqz a0, child; li t0, 1; sb t0, 0(s0); lw t1, 0(s0); li t2, 257;
        beq t1, t2, both; say P; exit 0; both: say Q; exit 0; child: li t0, 1; sb t0, 1(s0);
        lhu t1, 0(s0); li t2, 257; beq t1, t2, both2; say A; exit 0; both2: say B; exit 0
    """,
    "spin": """
        share; fork; beqz a0, child; li t1, 1; l1: amoswap.w t0, t1, (s0); bnez t0, l1; say P;
        say Q; sw zero, 0(s0); exit 0; child: li t1, 1; l2: amoswap.w t0, t1, (s0); bnez t0, l2;
        say A; sw zero, 0(s0); exit 0
    """,
    "lrsc": """
        share; fork; mv s1, a0; l1: lr.w t0, (s0); addi t0, t0, 1; sc.w t1, t0, (s0);
        bnez t1, l1; addi t0, t0, 64; sb t0, buffer, t1; write 1 &buffer 1; exit 0
    """,
    "message": """
        share; fork; beqz a0, child; li t0, 7; sw t0, 4(s0); li t0, 1; sw t0, 0(s0); exit 0;
        child: lw t0, 0(s0); beqz t0, no; lw t0, 4(s0); addi t0, t0, 65; sb t0, buffer, t1;
        write 1 &buffer 1; exit 0; no: say N; lw t0, 4(s0); addi t0, t0, 65; sb t0, buffer, t1;
        write 1 &buffer 1; exit 0
    """,
    "clone_vm": """
        li a0, 0x111; la a1, stack; li a2, 0; li a3, 0; li a4, 0; li a7, 220; ecall;
        beqz a0, child; lw t0, buffer+8; addi t0, t0, 1; sw t0, buffer+8, t1; wait4 -1 0 0 0;
        lw t0, buffer+8; addi t0, t0, 65; sb t0, buffer, t1; write 1 &buffer 1; exit 0;
        child: lw t0, buffer+8; addi t0, t0, 1; sw t0, buffer+8, t1; exit 0
    """,
}
"""Where memory is shared, every access is a place to interrupt."""


def assembly_of(program: str) -> str:
    """The program as assembly."""
    lines = [".text", ".globl _start", "_start:"]
    for statement in " ".join(program.split()).split("; "):
        label, is_labelled, rest = statement.partition(": ")
        if is_labelled:
            lines.append(f"{label}:")
        name, *arguments = (rest if is_labelled else statement).split(" ")
        if name == "say":
            lines += _call("write", "1", f"&letter_{arguments[0]}", "1")
        elif name == "share":
            lines += [*_call("mmap2", "0", "4096", "3", "0x21", "-1", "0"), "mv s0, a0"]
        elif name in CALL_NUMBERS:
            lines += _call(name, *arguments)
        else:
            lines.append(f"{name} {' '.join(arguments)}")
    letters = [f'letter_{letter}: .ascii "{letter}"' for letter in LETTERS]
    handler = [] if "handler:" in lines else ["handler: ret"]
    return "\n".join([*lines, *handler, DATA, *letters, ""])


def _call(name: str, *arguments: str) -> list[str]:
    how = {"&": "la a{}, {}", "*": "lw a{}, {}"}
    lines = []
    for number, argument in enumerate(arguments):
        if argument[0] in how:
            lines.append(how[argument[0]].format(number, argument[1:]))
        else:
            lines.append(f"{'mv' if argument[0] in 'as' else 'li'} a{number}, {argument}")
    return [*lines, f"li a7, {CALL_NUMBERS[name]}", "ecall"]
