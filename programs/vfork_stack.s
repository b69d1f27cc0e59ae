# A vfork child stands on its parent's stack: a variable local to the caller is the same variable in both.
# Registers are the child's own, so what the compiler keeps in a register seems safe and what it keeps in memory does
# not. That is why even reading such code cannot tell what it does: here both counters start at 1, and the child
# adds 10 to both.
#
# Expected output:
#   child:  in the frame 11, in a register 11
#   parent: in the frame 11, in a register 1
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        addi    sp, sp, -16             # the frame: one local variable at 0(sp)
        li      t0, 1
        sw      t0, 0(sp)
        li      s0, 1                   # the other local variable lives in s0

        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        lw      t0, 0(sp)
        addi    t0, t0, 10
        sw      t0, 0(sp)
        addi    s0, s0, 10
        la      a0, child_sees
        call    show
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        la      a0, parent_sees
        call    show
        li      a0, 0
        li      a7, SYS_exit
        ecall

# show(a0: who is looking): the caller's two variables, at the top of its frame and in s0
show:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        call    print
        lw      a0, 16(sp)
        call    print_number
        la      a0, in_register
        mv      a1, s0
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
child_sees:
        .asciz  "child:  in the frame "
parent_sees:
        .asciz  "parent: in the frame "
in_register:
        .asciz  ", in a register "
newline:
        .asciz  "\n"
