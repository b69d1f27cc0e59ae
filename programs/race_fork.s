# Why fork has no race: each process counts in its own copy of the counter.
# The program is race_shared with fork in the place of clone. Nothing is lost, and nothing is shared either: the parent
# never learns what the child counted. To get it across takes a pipe, an exit status, or shared memory and its races.
#
# Expected output:
#   child:  counter is 1000
#   parent: counter is 1000
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    ROUNDS, 1000

        .bss
        .balign 4
counter:
        .skip   4

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        bnez    a0, parent

        call    count
        la      a0, child_says
        lw      a1, counter
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        mv      s0, a0
        call    count
        mv      a0, s0
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a0, parent_says
        lw      a1, counter
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

# count(): adds 1 to the counter, ROUNDS times
count:
        la      t0, counter
        li      t1, ROUNDS
1:      lw      t2, 0(t0)
        addi    t2, t2, 1
        sw      t2, 0(t0)
        addi    t1, t1, -1
        bnez    t1, 1b
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
child_says:
        .asciz  "child:  counter is "
parent_says:
        .asciz  "parent: counter is "
newline:
        .asciz  "\n"
