# A vfork child runs in its parent's memory: what it writes into static data, the parent finds there.
# The child means to change only its own balance and leaves. There is no own balance: until it execs or exits the child
# shares every byte with the suspended parent. With fork the last line would say 100.
#
# Expected output:
#   parent: balance is 100
#   child:  balance set to 0, exiting
#   parent: balance is 0
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1

        .data
        .balign 4
balance:
        .word   100

        .text
        .globl  _start
_start:
        la      a0, parent_says
        lw      a1, balance
        call    print_line

        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        la      t0, balance
        sw      zero, 0(t0)
        la      a0, child_says
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:                                 # suspended until now, so there is no need to wait
        la      a0, parent_says
        lw      a1, balance
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
parent_says:
        .asciz  "parent: balance is "
child_says:
        .asciz  "child:  balance set to 0, exiting\n"
newline:
        .asciz  "\n"
