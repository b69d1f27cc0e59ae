# Reading through a null pointer kills with SIGSEGV, because no page is ever mapped at address 0.
# Nothing in the hardware makes 0 special. The kernel leaves the first page unmapped so that the commonest mistake with
# pointers is found where it is made.
#
# Expected output:
#   reading address 0
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

        lw      t0, 0(zero)             # 139 is 128 + 11, SIGSEGV

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
before: .asciz  "reading address 0\n"
after:  .asciz  "still alive\n"
