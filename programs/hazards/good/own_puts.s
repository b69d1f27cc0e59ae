# The child calls a function that is named like one of the C library's, and is the program's own: it only writes.
#
# Verdict: clean
#
# Output:
#   child
# Exit status: 0

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      a0, text
        li      a1, 6
        call    puts
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent:
        li      a0, 0
        li      a7, SYS_exit
        ecall

# puts(a0: text, a1: its size in bytes)
puts:
        mv      a2, a1
        mv      a1, a0
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
text:   .ascii  "child\n"
