# Two idioms that no counting of calls and returns gets right: a call of the next line, for its address, and a return
# address that is put aside and jumped to by another register, all within the child's own functions.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        call    start
        li      a0, 0
        li      a7, SYS_exit
        ecall

start:
        mv      s0, ra
        li      a7, SYS_vfork
        ecall
        bnez    a0, 2f
        jal     ra, 1f
1:      mv      s1, ra
        call    helper
        jal     t0, helper_by_t0
        li      a0, 0
        li      a7, SYS_exit
        ecall
2:      mv      ra, s0
        ret

helper:
        mv      t1, ra
        jr      t1
helper_by_t0:
        jr      t0
