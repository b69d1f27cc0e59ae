# A child asks who its parent is, while that may be gone.
# The parent ends at once and waits for nobody. If the child is faster getppid tells the pid that made it, and it writes
# p; if not it is an orphan, which another process has adopted, and it writes o.
#
# Expected output without newline:
#   o
# Exit status: 0
# Scheduling: depends
# Outcomes: 2

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getpid, 172
        .equ    SYS_getppid, 173
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_getpid
        ecall
        mv      s0, a0
        li      a7, SYS_fork
        ecall
        bnez    a0, leave

        li      a7, SYS_getppid
        ecall
        la      a1, p
        beq     a0, s0, 1f
        la      a1, o
1:      li      a0, STDOUT
        li      a2, 1
        li      a7, SYS_write
        ecall
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

        .section .rodata
o:      .ascii  "o"
p:      .ascii  "p"
