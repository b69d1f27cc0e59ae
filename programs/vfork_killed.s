# A vfork child that is killed releases its parent just as one that exits.
# The child reads through a null pointer. The signal kills the child alone; but the memory it ran in was the parent's,
# and what it wrote before it died stays written.
#
# Expected output:
#   child:  step set to 1, now reading address 0
#   parent: child killed by signal 11, step is 1
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1
        .equ    SIGNAL_MASK, 0x7f       # these bits of a status word hold the signal that killed

        .bss
        .balign 4
step:   .skip   4
status: .skip   4

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        li      t0, 1
        la      t1, step
        sw      t0, 0(t1)
        la      a0, child_says
        call    print
        lw      t0, 0(zero)
        li      a0, 0                   # not reached
        li      a7, SYS_exit
        ecall

parent:
        la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a0, killed_by
        call    print
        lw      a0, status
        andi    a0, a0, SIGNAL_MASK
        call    print_number
        la      a0, step_is
        lw      a1, step
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
child_says:
        .asciz  "child:  step set to 1, now reading address 0\n"
killed_by:
        .asciz  "parent: child killed by signal "
step_is:
        .asciz  ", step is "
newline:
        .asciz  "\n"
