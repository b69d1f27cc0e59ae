# The child waits for a byte that the parent would send, were it not waiting for the child.
#
# Verdict:
#   error never-released 32

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .bss
ends:   .space  8
byte:   .space  1

        .text
        .globl  _start
_start: la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        la      s0, ends
        lw      s1, 0(s0)
        lw      s2, 4(s0)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        mv      a0, s1
        la      a1, byte
        li      a2, 1
        li      a7, SYS_read
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: mv      a0, s2
        la      a1, byte
        li      a2, 1
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
