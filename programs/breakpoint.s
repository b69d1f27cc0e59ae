# A breakpoint with no debugger to catch it kills with SIGTRAP.
# ebreak is how a debugger stops a program: it writes one over the instruction where the program shall stop.
#
# Expected output:
#   executing ebreak
# Exit status: 133
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        ebreak                          # 133 is 128 + 5, SIGTRAP

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
before: .asciz  "executing ebreak\n"
after:  .asciz  "still alive\n"
