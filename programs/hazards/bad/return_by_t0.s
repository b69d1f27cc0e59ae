# A function called with t0 as its link register (as compilers call their register-saving helpers) returns by `jr t0`.
# A child that returns so has returned no less than by `ret`.
#
# Verdict:
#   error return 29
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        jal     t0, start
        bnez    a0, parent
        li      a0, 0                   # the child, where it must not be
        li      a7, SYS_exit
        ecall
parent:
        li      a0, 0
        li      a7, SYS_exit
        ecall

# start() -> a0: as vfork; returns to t0
start:
        li      a7, SYS_vfork
        ecall
        jr      t0
