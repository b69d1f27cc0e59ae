# The child jumps from the function that called vfork to another one (a tail call), and that one returns to the first
# one's caller: the call depth is below where it began, though no `ret` of the vforking function was executed.
#
# Verdict:
#   error return 32
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
        li      a7, SYS_vfork
        ecall
        beqz    a0, 1f
        ret
1:      tail    child_part

child_part:
        li      a0, 0
        ret
