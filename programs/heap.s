# How the heap grows and shrinks: brk moves its end, and the kernel supplies pages of zeros.
# What was given back is forgotten: the same address reads 0 when the heap has grown again. A request for more memory
# than there is fails at once, by leaving the end where it was, and the program can say so instead of dying later.
#
# Expected output:
#   grown by 8192 bytes, last word is 0
#   last word is 42
#   shrunk and grown again, last word is 0
#   1 GiB more: refused
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    STDOUT, 1
        .equ    SIZE, 8192
        .equ    TOO_MUCH, 1 << 30

        .text
        .globl  _start
_start:
        li      a0, 0                   # brk(0) only asks: address 0 can never be the end
        call    brk
        mv      s0, a0                  # s0: start of the heap, and its end as long as it is empty
        li      t0, SIZE
        add     s1, s0, t0              # s1: its end when it is SIZE bytes long

        mv      a0, s1
        call    brk
        sub     s2, a0, s0
        la      a0, grown_by
        call    print
        mv      a0, s2
        call    print_number
        la      a0, bytes
        call    print
        call    show_last_word

        li      t0, 42
        sw      t0, -4(s1)
        call    show_last_word

        mv      a0, s0
        call    brk
        mv      a0, s1
        call    brk
        la      a0, again
        call    print
        call    show_last_word

        li      t0, TOO_MUCH
        add     a0, s1, t0
        call    brk
        la      t0, refused
        beq     a0, s1, 1f
        la      t0, granted
1:      mv      a0, t0
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

# brk(a0: where the heap should end) -> a0: where it ends now
brk:
        li      a7, SYS_brk
        ecall
        ret

# show_last_word(): of the heap that ends at s1
show_last_word:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        la      a0, last_word
        lw      a1, -4(s1)
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
grown_by:
        .asciz  "grown by "
bytes:  .asciz  " bytes, "
again:  .asciz  "shrunk and grown again, "
last_word:
        .asciz  "last word is "
refused:
        .asciz  "1 GiB more: refused\n"
granted:
        .asciz  "1 GiB more: granted\n"
newline:
        .asciz  "\n"
