# The mend of a lost wake-up: the signal is blocked but for the time of the sleep.
# SIGUSR1 is blocked before the child is there to send it. The parent looks at the flag, and rt_sigsuspend lets the
# signal in and falls asleep in one step: it cannot come between the two. Compare lost_wakeup.
#
# Expected output without newline:
#   w
# Exit status: 0
# Scheduling: any
# Outcomes: 1

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_kill, 129
        .equ    SYS_rt_sigsuspend, 133
        .equ    SYS_rt_sigaction, 134
        .equ    SYS_rt_sigprocmask, 135
        .equ    SYS_getpid, 172
        .equ    SYS_fork, 1079
        .equ    SIGUSR1, 10
        .equ    SIG_BLOCK, 0
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
        li      a0, SIG_BLOCK
        la      a1, blocked
        li      a2, 0
        li      a3, SIGSET_SIZE
        li      a7, SYS_rt_sigprocmask
        ecall
        li      a7, SYS_getpid
        ecall
        mv      s0, a0
        li      a7, SYS_fork
        ecall
        beqz    a0, child

1:      lw      t0, flag
        bnez    t0, awake
        la      a0, none
        li      a1, SIGSET_SIZE
        li      a7, SYS_rt_sigsuspend
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
        .balign 4
blocked:
        .word   1 << (SIGUSR1 - 1), 0
none:   .word   0, 0
w:      .ascii  "w"
