# After fork nothing the child writes reaches the parent: not in static data, not in the heap, not on the stack.
# Each of the three segments holds a 1. The child turns all of them into 2 at the same addresses that the parent uses;
# the parent waits for the child to end and still finds 1. Compare vfork_global, vfork_heap and vfork_stack.
#
# Expected output:
#   child:  data 2, heap 2, stack 2
#   parent: data 1, heap 1, stack 1
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .data
in_data:
        .word   1

        .text
        .globl  _start
_start:
        li      a0, 0                   # brk(0) only asks where the heap ends; a new program's heap is empty
        li      a7, SYS_brk
        ecall
        mv      s0, a0                  # s0: address of the word in the heap
        addi    a0, a0, 4
        li      a7, SYS_brk
        ecall
        addi    sp, sp, -16             # the word on the stack is at 0(sp)
        li      t0, 1
        sw      t0, 0(s0)
        sw      t0, 0(sp)

        li      a7, SYS_fork
        ecall
        bnez    a0, parent

        li      t0, 2
        la      t1, in_data
        sw      t0, 0(t1)
        sw      t0, 0(s0)
        sw      t0, 0(sp)
        la      a0, child_sees
        call    show
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4           # only now is it certain that the child has done its writing
        ecall
        la      a0, parent_sees
        call    show
        li      a0, 0
        li      a7, SYS_exit
        ecall

# show(a0: who is looking): the words in the data, at s0 in the heap, and on top of the caller's stack
show:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        call    print
        lw      a0, in_data
        call    print_number
        la      a0, heap_label
        call    print
        lw      a0, 0(s0)
        call    print_number
        la      a0, stack_label
        call    print
        lw      a0, 16(sp)
        call    print_number
        la      a0, newline
        call    print
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

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

# print_number(a0: unsigned number), in decimal
print_number:
        addi    sp, sp, -16
        addi    a1, sp, 16              # the last digit is known first, so the text grows downwards
        li      t1, 10
1:      remu    t0, a0, t1
        divu    a0, a0, t1
        addi    t0, t0, '0'
        addi    a1, a1, -1
        sb      t0, 0(a1)
        bnez    a0, 1b
        addi    sp, sp, 16
        sub     a2, sp, a1
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
child_sees:
        .asciz  "child:  data "
parent_sees:
        .asciz  "parent: data "
heap_label:
        .asciz  ", heap "
stack_label:
        .asciz  ", stack "
newline:
        .asciz  "\n"
