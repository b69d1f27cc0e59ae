# A handler of SIGCHLD collects all children that have ended, however many signals there were.
# The children write a and b, the parent sleeps until both are collected and writes d. Signals do not count: while one
# waits to be taken, a second is lost. So the handler waits in a loop until nobody is left who has ended. Then d is
# last: abd or bad.
#
# Expected output without newline:
#   abd
# Exit status: 0
# Scheduling: depends
# Outcomes: 2

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_rt_sigsuspend, 133
        .equ    SYS_rt_sigaction, 134
        .equ    SYS_rt_sigprocmask, 135
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    SIGCHLD, 17
        .equ    SIG_BLOCK, 0
        .equ    SIGSET_SIZE, 8
        .equ    ANY_CHILD, -1
        .equ    WNOHANG, 1
        .equ    CHILDREN, 2
        .equ    STDOUT, 1

        .data
        .balign 4
action: .word   handler, 0, 0, 0        # struct sigaction: handler, flags, mask
collected:
        .word   0

        .text
        .globl  _start
_start:
        li      a0, SIGCHLD
        la      a1, action
        li      a2, 0
        li      a3, SIGSET_SIZE
        li      a7, SYS_rt_sigaction
        ecall
        li      a0, SIG_BLOCK           # the signal comes in while the parent sleeps, and at no other time
        la      a1, blocked
        li      a2, 0
        li      a3, SIGSET_SIZE
        li      a7, SYS_rt_sigprocmask
        ecall
        la      s0, a
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        la      s0, b
        li      a7, SYS_fork
        ecall
        beqz    a0, child

1:      la      a0, none
        li      a1, SIGSET_SIZE
        li      a7, SYS_rt_sigsuspend
        ecall
        lw      t0, collected
        li      t1, CHILDREN
        bne     t0, t1, 1b
        la      s0, d
child:  li      a0, STDOUT
        mv      a1, s0
        li      a2, 1
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

handler:
        li      a0, ANY_CHILD
        li      a1, 0
        li      a2, WNOHANG
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        blez    a0, 1f                  # nobody, or nobody yet
        lw      t0, collected
        addi    t0, t0, 1
        la      t1, collected
        sw      t0, 0(t1)
        j       handler
1:      ret

        .section .rodata
        .balign 4
blocked:
        .word   1 << (SIGCHLD - 1), 0
none:   .word   0, 0
a:      .ascii  "a"
b:      .ascii  "b"
d:      .ascii  "d"
