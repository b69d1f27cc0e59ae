# The child takes the right to write from a page of its parent's.
#
# Verdict:
#   error unmapped 24

        .equ    SYS_exit, 93
        .equ    SYS_mprotect, 226
        .equ    SYS_vfork, 1071
        .equ    READ, 1

        .data
        .balign 4096
page:   .space  4096

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      a0, page
        li      a1, 4096
        li      a2, READ
        li      a7, SYS_mprotect
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
