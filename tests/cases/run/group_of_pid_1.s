# Asks for the process group of pid 1, which nobody joins, and stops itself.
        .equ    SYS_exit, 93
        .equ    SYS_kill, 129
        .equ    SYS_setpgid, 154
        .equ    SYS_getpid, 172
        .globl  _start
_start: li      a0, 0
        li      a1, 1
        li      a7, SYS_setpgid
        ecall
        addi    a0, a0, 1               # EPERM
        bnez    a0, 1f
        li      a7, SYS_getpid
        ecall
        li      a1, 20                  # SIGTSTP
        li      a7, SYS_kill
        ecall
        li      a0, 0
1:      li      a7, SYS_exit
        ecall
