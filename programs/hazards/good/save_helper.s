# The child's own function saves and restores registers by the helpers that compilers emit for size: the helper is
# called with t0 as link register, and the end of the function is a jump to a helper that does the `ret`.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        call    twice
        call    twice
        li      a7, SYS_exit
        ecall
parent:
        li      a0, 0
        li      a7, SYS_exit
        ecall

twice:
        jal     t0, save
        mv      s0, a0
        add     a0, a0, s0
        tail    restore

save:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      s0, 8(sp)
        jr      t0

restore:
        lw      s0, 8(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret
