# A child sends its parent a signal, the parent's handler counts it, and an alarm ends the child's brother.

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_setitimer, 103
        .equ    SYS_kill, 129
        .equ    SYS_rt_sigaction, 134
        .equ    SYS_getppid, 173
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    SIGUSR1, 10

        .data
        .balign 8
action: .word   handler, 0, 0, 0
timer:  .word   0, 0, 0, 2
count:  .word   0
text:   .byte   '0', '\n'

        .text
        .globl  _start
_start: li      a0, SIGUSR1
        la      a1, action
        li      a2, 0
        li      a3, 8
        li      a7, SYS_rt_sigaction
        ecall
        li      a7, SYS_fork
        ecall
        beqz    a0, sender
        mv      s0, a0
        li      a7, SYS_fork
        ecall
        beqz    a0, sleeper
        li      s1, 2
1:      call    collect
        addi    s1, s1, -1
        bnez    s1, 1b
        lw      t0, count
        la      a1, text
        lbu     t1, 0(a1)
        add     t1, t1, t0
        sb      t1, 0(a1)
        li      a0, 1
        li      a2, 2
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

# collect(): wait for a child, again where a signal has ended that
collect:
        addi    sp, sp, -16
        sw      ra, 12(sp)
1:      li      a0, -1
        mv      a1, sp
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        bltz    a0, 1b
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

sender: li      s2, 3
1:      li      a7, SYS_getppid
        ecall
        li      a1, SIGUSR1
        li      a7, SYS_kill
        ecall
        addi    s2, s2, -1
        bnez    s2, 1b
        mv      a0, s2
        li      a7, SYS_exit
        ecall

# Ends by SIGALRM, which it does not handle.
sleeper:
        li      a0, 0
        la      a1, timer
        li      a2, 0
        li      a7, SYS_setitimer
        ecall
1:      addi    s3, s3, 1
        j       1b

handler:
        la      t0, count
        lw      t1, 0(t0)
        addi    t1, t1, 1
        sw      t1, 0(t0)
        ret
