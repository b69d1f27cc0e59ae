# The child learns its own address by calling the next line (a jump-and-link that nobody returns from), and then
# returns from the function that called vfork: whoever counts calls and returns finds one of each.
#
# Verdict:
#   error return 30
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        call    start
        bnez    a0, 1f
        li      a7, SYS_exit
        ecall
1:      li      a0, 0
        li      a7, SYS_exit
        ecall

start:
        mv      s0, ra
        li      a7, SYS_vfork
        ecall
        bnez    a0, 2f
        jal     ra, 1f
1:      mv      ra, s0
        ret
2:      ret
