# The branch to the parent's part is missing: the child goes through the parent's code, then the parent does it again.
#
# Verdict:
#   error damage 23 used 21
#
# Exit status: 2

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4
done:   .word   0

        .text
        .globl  _start
_start:
        la      s0, done
        li      a7, SYS_vfork
        ecall
        lw      t0, 0(s0)
        addi    t0, t0, 1
        sw      t0, 0(s0)
        addi    a0, t0, 0
        li      a7, SYS_exit
        ecall
