# What fork gives the child anew and what it hands on: a pid of its own, its maker as parent, the same user.
#
# Expected output:
#   child:  pid 3, parent 2, uid 1000
#   parent: pid 2, parent 1, uid 1000
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getpid, 172
        .equ    SYS_getppid, 173
        .equ    SYS_getuid, 174
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        bnez    a0, parent

        la      a0, child_is
        call    show_ids
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        li      a1, 0                   # a0 is the child's pid already
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a0, parent_is
        call    show_ids
        li      a0, 0
        li      a7, SYS_exit
        ecall

# show_ids(a0: who is speaking): asks the kernel each time, for a process stores none of these itself
show_ids:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        call    print
        li      a7, SYS_getpid
        ecall
        call    print_number
        la      a0, parent_label
        call    print
        li      a7, SYS_getppid
        ecall
        call    print_number
        la      a0, uid_label
        call    print
        li      a7, SYS_getuid
        ecall
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
child_is:
        .asciz  "child:  pid "
parent_is:
        .asciz  "parent: pid "
parent_label:
        .asciz  ", parent "
uid_label:
        .asciz  ", uid "
newline:
        .asciz  "\n"
