# Loads and stores need no alignment, not even where a word lies on two pages.
# A processor may do such an access in two parts, or leave it to the kernel; a program only sees that it is slower. The
# least significant byte comes first, so the word at the second byte of 11 22 33 44 55 is 55443322.
#
# Expected output:
#   a word at an odd address: 55443322
#   a word on two pages:      12345678
#   its half on the second:   1234
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1
        .equ    PAGE_SIZE, 4096

        .bss
        .balign PAGE_SIZE
pages:  .skip   2 * PAGE_SIZE

        .text
        .globl  _start
_start:
        la      a0, odd
        call    print
        la      t0, bytes
        lw      a0, 1(t0)
        li      a1, 8
        call    print_hex

        la      a0, on_two_pages
        call    print
        la      s0, pages + PAGE_SIZE   # the first byte of the second page
        li      t0, 0x12345678
        sw      t0, -2(s0)
        lw      a0, -2(s0)
        li      a1, 8
        call    print_hex

        la      a0, on_second
        call    print
        lhu     a0, 0(s0)
        li      a1, 4
        call    print_hex
        la      a0, newline
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

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

# print_hex(a0: number, a1: how many digits, at most 8)
print_hex:
        addi    sp, sp, -16
        mv      a2, a1
        add     a1, sp, a1              # the last digit is known first
1:      andi    t0, a0, 15
        srli    a0, a0, 4
        li      t1, 10
        bltu    t0, t1, 2f
        addi    t0, t0, 'a' - '0' - 10
2:      addi    t0, t0, '0'
        addi    a1, a1, -1
        sb      t0, 0(a1)
        bne     a1, sp, 1b
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        addi    sp, sp, 16
        ret

        .section .rodata
bytes:  .byte   0x11, 0x22, 0x33, 0x44, 0x55
odd:    .asciz  "a word at an odd address: "
on_two_pages:
        .asciz  "\na word on two pages:      "
on_second:
        .asciz  "\nits half on the second:   "
newline:
        .asciz  "\n"
