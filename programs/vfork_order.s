# A vfork parent is suspended: it says nothing until the child is done, however often the child gives way.
# The child offers the processor to others between its lines. With fork the parent would take it (see fork_order). With
# vfork it may not run before the child has exited, because the child uses the parent's memory, and the parent's stack.
#
# Expected output:
#   parent: calling vfork
#   child:  one
#   child:  two
#   child:  three
#   parent: running again
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_sched_yield, 124
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, parent_before
        call    print

        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        la      a0, child_one
        call    print
        li      a7, SYS_sched_yield
        ecall
        la      a0, child_two
        call    print
        li      a7, SYS_sched_yield
        ecall
        la      a0, child_three
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        la      a0, parent_after
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
parent_before:
        .asciz  "parent: calling vfork\n"
child_one:
        .asciz  "child:  one\n"
child_two:
        .asciz  "child:  two\n"
child_three:
        .asciz  "child:  three\n"
parent_after:
        .asciz  "parent: running again\n"
