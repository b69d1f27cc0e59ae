# An atomic operation on a word that is not aligned kills with SIGBUS.
# Plain loads and stores may be misaligned (see misaligned_access): they are done in parts. An atomic operation done in
# parts would not be atomic.
#
# Expected output:
#   adding atomically to a word at an odd address
# Exit status: 135
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .bss
        .balign 4
words:  .skip   8

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        la      t0, words + 1
        li      t1, 1
        amoadd.w zero, t1, (t0)         # 135 is 128 + 7, SIGBUS

        la      a0, after
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

        .section .rodata
before: .asciz  "adding atomically to a word at an odd address\n"
after:  .asciz  "still alive\n"
