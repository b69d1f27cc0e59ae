# A lost wake-up: the signal comes after the flag was looked at, and before the process sleeps.
# The child sends SIGUSR1, whose handler sets a flag. The parent looks at the flag and, since it is not set, pauses. If
# the signal comes between these two, nobody sends another: the parent sleeps for ever. Compare lost_wakeup_mended.
#
# Expected output without newline:
#   w
# Exit status: 0
# Scheduling: depends
# Outcomes: 2, 1 deadlock

        .equ    SYS_write, 64
        .equ    SYS_ppoll_time64, 414
        .equ    SYS_exit, 93
        .equ    SYS_kill, 129
        .equ    SYS_rt_sigaction, 134
        .equ    SYS_getpid, 172
        .equ    SYS_fork, 1079
        .equ    SIGUSR1, 10
        .equ    SIGSET_SIZE, 8
        .equ    STDOUT, 1

        .data
        .balign 4
action: .word   handler, 0, 0, 0        # struct sigaction: handler, flags, mask
flag:   .word   0

        .text
        .globl  _start
_start:
        li      a0, SIGUSR1
        la      a1, action
        li      a2, 0
        li      a3, SIGSET_SIZE
        li      a7, SYS_rt_sigaction
        ecall
        li      a7, SYS_getpid
        ecall
        mv      s0, a0
        li      a7, SYS_fork
        ecall
        beqz    a0, child

1:      lw      t0, flag
        bnez    t0, awake
        li      a0, 0                   # pause(): wait for no files and without a limit, until a handler has run
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_ppoll_time64
        ecall
        j       1b

awake:  li      a0, STDOUT
        la      a1, w
        li      a2, 1
        li      a7, SYS_write
        ecall
        j       leave

child:  mv      a0, s0
        li      a1, SIGUSR1
        li      a7, SYS_kill
        ecall
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

handler:
        li      t0, 1
        la      t1, flag
        sw      t0, 0(t1)
        ret

        .section .rodata
w:      .ascii  "w"
