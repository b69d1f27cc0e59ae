# A jump to an address that is not a multiple of four kills with SIGBUS.
# All instructions of this machine are four bytes long. The jump itself faults, not the instruction it would reach, so
# the return address does not matter and the culprit is known.
#
# Expected output:
#   jumping into the middle of an instruction
# Exit status: 135
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        la      t0, _start
        addi    t0, t0, 2
        jr      t0                      # 135 is 128 + 7, SIGBUS

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
before: .asciz  "jumping into the middle of an instruction\n"
after:  .asciz  "still alive\n"
