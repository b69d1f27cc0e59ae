# The child counts in a counter of the parent's by an atomic instruction: atomic or not, it is the parent's memory.
#
# Verdict:
#   error damage 19 used 23

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .bss
count:  .space  4

        .text
        .globl  _start
_start: la      s0, count
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      t0, 1
        amoadd.w zero, t0, (s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: lw      a0, 0(s0)
        li      a7, SYS_exit
        ecall
