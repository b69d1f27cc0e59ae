# After fork either process may run first, and either may be stopped at any instruction.
# Nobody waits here until the end, so the order of the lines is the scheduler's choice. Try another quantum, or let the
# child run first: each process keeps its own order, the mixture changes. Compare vfork_order, where nothing can change.
#
# Expected output:
#   parent: one
#   parent: two
#   parent: three
#   child:  one
#   child:  two
#   child:  three
# Exit status: 0
# Scheduling: depends

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        mv      s0, a0
        bnez    s0, parent

        la      a0, child_one           # a whole line in one write: lines may mix, their letters may not
        call    print
        la      a0, child_two
        call    print
        la      a0, child_three
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        la      a0, parent_one
        call    print
        la      a0, parent_two
        call    print
        la      a0, parent_three
        call    print
        mv      a0, s0
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
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
child_one:
        .asciz  "child:  one\n"
child_two:
        .asciz  "child:  two\n"
child_three:
        .asciz  "child:  three\n"
parent_one:
        .asciz  "parent: one\n"
parent_two:
        .asciz  "parent: two\n"
parent_three:
        .asciz  "parent: three\n"
