# The child takes a lock of the parent's by LR/SC, and ends with it. The parent finds a lock that nobody will release.
#
# Verdict:
#   error damage 26 used 33
#
# Exit status: 1

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4
lock:   .word   0

        .text
        .globl  _start
_start:
        la      s0, lock
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        li      t1, 1
1:      lr.w.aq t0, (s0)
        bnez    t0, 1b
        sc.w    t2, t1, (s0)
        bnez    t2, 1b
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        lr.w.aq t0, (s0)
        snez    a0, t0                  # 1: taken
        li      a7, SYS_exit
        ecall
