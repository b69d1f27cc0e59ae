# A word that is no instruction kills with SIGILL.
# A word of all zeros is illegal by design, so that a program that runs astray into empty memory is stopped at once.
#
# Expected output:
#   executing a word of zeros
# Exit status: 132
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        .word   0                       # 132 is 128 + 4, SIGILL

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
before: .asciz  "executing a word of zeros\n"
after:  .asciz  "still alive\n"
