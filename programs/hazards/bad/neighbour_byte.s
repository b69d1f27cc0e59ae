# The child stores a word of which one byte is new; the parent reads another byte of that word, which is as it was:
# nobody has read the damage.
#
# Verdict:
#   warning unread 25
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4
word:   .word   0x00000005

        .text
        .globl  _start
_start:
        la      s0, word
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        li      t1, 0x00000705
        sw      t1, 0(s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        lbu     a0, 0(s0)
        addi    a0, a0, -5
        li      a7, SYS_exit
        ecall
