# A signal that the child sends itself runs the parent's handler, which counts in the parent's memory.
#
# Verdict:
#   error signal-handler 42 used 37

        .equ    SYS_exit, 93
        .equ    SYS_kill, 129
        .equ    SYS_rt_sigaction, 134
        .equ    SYS_getpid, 172
        .equ    SYS_vfork, 1071
        .equ    SIGUSR1, 10

        .data
action: .word   handler, 0, 0, 0
count:  .word   0

        .text
        .globl  _start
_start: li      a0, SIGUSR1
        la      a1, action
        li      a2, 0
        li      a3, 8
        li      a7, SYS_rt_sigaction
        ecall
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      a7, SYS_getpid
        ecall
        li      a1, SIGUSR1
        li      a7, SYS_kill
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: la      t0, count
        lw      a0, 0(t0)
        li      a7, SYS_exit
        ecall

handler:
        la      t0, count
        lw      t1, 0(t0)
        addi    t1, t1, 1
        sw      t1, 0(t0)
        ret
