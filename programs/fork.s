# fork returns twice: once in the parent and once in the child.
# Both go on behind the same ecall with the same registers and the same memory. Only a0 tells them apart: the child
# finds 0, the parent the child's process id. The parent waits before it prints, so the child's line comes first.
#
# Expected output:
#   one process calls fork
#   child:  fork returned 0
#   parent: fork returned 3
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        li      a7, SYS_fork
        ecall
        mv      s0, a0                  # registers were copied too: from here on there are two s0
        bnez    s0, parent

        la      a0, child_says
        mv      a1, s0
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        mv      a0, s0                  # wait4(child, no status, no options, no usage)
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a0, parent_says
        mv      a1, s0
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

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
before: .asciz  "one process calls fork\n"
child_says:
        .asciz  "child:  fork returned "
parent_says:
        .asciz  "parent: fork returned "
newline:
        .asciz  "\n"
