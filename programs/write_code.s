# A program cannot change its own code: a write there kills it with SIGSEGV.
# No page is writable and executable at once. That protects a program from its own wild pointers, and lets fork share
# the code between all processes instead of copying it: nobody can tell.
#
# Expected output:
#   writing into my own code
# Exit status: 139
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        la      t0, _start
        sw      zero, 0(t0)             # 139 is 128 + 11, SIGSEGV

        la      a0, after
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

# print(a0: text that ends in a NUL byte)
print:
        mv      a1, a0
1:      lbu     t0, 0(a0)
        addi    a0, a0, 1
        bnez    t0, 1b
        sub     a2, a0, a1
        addi    a2, a2, -1              # the NUL byte is not part of the text
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
before: .asciz  "writing into my own code\n"
after:  .asciz  "still alive\n"
