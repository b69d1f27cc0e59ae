# A vfork child has no heap of its own either: it writes into its parent's, and even moves its end.
# The child takes the first word for its own purpose and gives the last page of the heap back. Both happen to the
# parent, which could now be killed for touching a page that it allocated and never freed.
#
# Expected output:
#   parent: heap of 8192 bytes, first word 42
#   child:  heap of 4096 bytes, first word 13
#   parent: heap of 4096 bytes, first word 13
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1
        .equ    PAGE_SIZE, 4096

        .text
        .globl  _start
_start:
        li      a0, 0
        li      a7, SYS_brk
        ecall
        mv      s0, a0                  # s0: start of the heap
        li      t0, 2*PAGE_SIZE
        add     a0, s0, t0
        li      a7, SYS_brk
        ecall
        li      t0, 42
        sw      t0, 0(s0)
        la      a0, parent_has
        call    show_heap

        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        li      t0, 13
        sw      t0, 0(s0)
        li      t0, PAGE_SIZE
        add     a0, s0, t0
        li      a7, SYS_brk
        ecall
        la      a0, child_has
        call    show_heap
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        la      a0, parent_has
        call    show_heap
        li      a0, 0
        li      a7, SYS_exit
        ecall

# show_heap(a0: who has it): size and first word of the heap that starts at s0
show_heap:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        call    print
        li      a0, 0                   # brk(0) only asks where the heap ends
        li      a7, SYS_brk
        ecall
        sub     a0, a0, s0
        call    print_number
        la      a0, first_word
        lw      a1, 0(s0)
        call    print_line
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# print_line(a0: text that ends in a NUL byte, a1: unsigned number): text, number, newline
print_line:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      a1, 8(sp)
        call    print
        lw      a0, 8(sp)
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
parent_has:
        .asciz  "parent: heap of "
child_has:
        .asciz  "child:  heap of "
first_word:
        .asciz  " bytes, first word "
newline:
        .asciz  "\n"
