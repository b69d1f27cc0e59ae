# Division never faults: RISC-V defines a result where other machines raise an exception.
# Quotients are rounded towards zero, and the remainder has the sign of the dividend. Dividing by zero gives all ones,
# -1 or the largest unsigned number, and leaves the dividend as remainder. The one quotient that does not fit, the
# smallest number by -1, gives the smallest number and remainder 0. A language that wants an error must test for it.
#
# Expected output:
#   7 / 2 = 3, remainder 1
#   -7 / 2 = -3, remainder -1
#   7 / -2 = -3, remainder 1
#   7 / 0 = -1, remainder 7
#   -2147483648 / -1 = -2147483648, remainder 0
#   unsigned 4294967289 / 2 = 2147483644, remainder 1
#   unsigned 7 / 0 = 4294967295, remainder 7
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      s0, signed_pairs
1:      lw      s1, 0(s0)
        lw      s2, 4(s0)
        div     s3, s1, s2
        rem     s4, s1, s2
        la      s5, print_signed
        call    show
        addi    s0, s0, 8
        la      t0, unsigned_pairs
        bltu    s0, t0, 1b

2:      la      a0, unsigned
        call    print
        lw      s1, 0(s0)
        lw      s2, 4(s0)
        divu    s3, s1, s2
        remu    s4, s1, s2
        la      s5, print_number
        call    show
        addi    s0, s0, 8
        la      t0, pairs_end
        bltu    s0, t0, 2b
        li      a0, 0
        li      a7, SYS_exit
        ecall

# show(s1: dividend, s2: divisor, s3: quotient, s4: remainder, s5: the routine that prints such numbers)
show:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        mv      a0, s1
        jalr    s5
        la      a0, divided_by
        call    print
        mv      a0, s2
        jalr    s5
        la      a0, equals
        call    print
        mv      a0, s3
        jalr    s5
        la      a0, remainder
        call    print
        mv      a0, s4
        jalr    s5
        la      a0, newline
        call    print
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# print_signed(a0: signed number), in decimal
print_signed:
        bgez    a0, print_number
        addi    sp, sp, -16
        sw      ra, 12(sp)
        neg     a0, a0                  # the smallest number stays as it is, and is right when read as unsigned
        sw      a0, 8(sp)
        la      a0, minus
        call    print
        lw      a0, 8(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        j       print_number

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
        .balign 4
signed_pairs:
        .word   7, 2
        .word   -7, 2
        .word   7, -2
        .word   7, 0
        .word   0x80000000, -1
unsigned_pairs:
        .word   -7, 2
        .word   7, 0
pairs_end:
divided_by:
        .asciz  " / "
equals: .asciz  " = "
remainder:
        .asciz  ", remainder "
unsigned:
        .asciz  "unsigned "
minus:  .asciz  "-"
newline:
        .asciz  "\n"
