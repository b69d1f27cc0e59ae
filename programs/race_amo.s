# An atomic add repairs the race on a shared counter: no update is lost.
# amoadd.w loads, adds and stores in one instruction, and a process can only be stopped between instructions. Compare
# race_shared, the same program with a load, an add and a store.
#
# Expected output:
#   2 x 1000 rounds, counter is 2000
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_clone, 220
        .equ    SYS_wait4, 260
        .equ    CLONE_VM, 0x100         # share the address space; without CLONE_VFORK nobody is suspended
        .equ    SIGCHLD, 17             # sent to the parent when the child ends: makes it a child that wait4 finds
        .equ    STDOUT, 1
        .equ    ROUNDS, 1000
        .equ    CHILD_STACK_SIZE, 4096

        .bss
        .balign 16
child_stack:
        .skip   CHILD_STACK_SIZE        # two processes on one stack would overwrite each other's frames
counter:
        .skip   4

        .text
        .globl  _start
_start:
        li      a0, CLONE_VM + SIGCHLD
        la      a1, child_stack + CHILD_STACK_SIZE
        li      a2, 0
        li      a3, 0
        li      a4, 0
        li      a7, SYS_clone
        ecall
        bnez    a0, parent

        call    count
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
        la      a0, counter_is
        lw      a1, counter
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

# count(): adds 1 to the counter, ROUNDS times
count:
        la      t0, counter
        li      t1, ROUNDS
        li      t2, 1
1:      amoadd.w zero, t2, (t0)         # the old value goes to zero: nobody wants it
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
counter_is:
        .asciz  "2 x 1000 rounds, counter is "
newline:
        .asciz  "\n"
