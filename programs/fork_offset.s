# fork copies descriptors, but not what they refer to: parent and child share one position in an open file.
# The child reads five letters. The parent, through its own copy of the descriptor, goes on where the child stopped.
# So a child may append to its parent's output file without overwriting it.
#
# Expected output:
#   child:  abcde
#   parent: fghij
# Exit status: 0
# Scheduling: any

        .equ    SYS_openat, 56
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    AT_FDCWD, -100
        .equ    O_RDONLY, 0
        .equ    STDOUT, 1

        .bss
letters:
        .skip   8                       # five letters; the zero bytes behind them end the text

        .text
        .globl  _start
_start:
        li      a0, AT_FDCWD
        la      a1, name
        li      a2, O_RDONLY
        li      a7, SYS_openat
        ecall
        bltz    a0, no_file
        mv      s0, a0

        li      a7, SYS_fork
        ecall
        bnez    a0, parent
        la      s1, child_reads
        j       read_and_exit

parent:
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4           # the child reads first
        ecall
        la      s1, parent_reads

read_and_exit:
        mv      a0, s0
        la      a1, letters
        li      a2, 5
        li      a7, SYS_read
        ecall
        mv      a0, s1
        call    print
        la      a0, letters
        call    print
        la      a0, newline
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

no_file:
        la      a0, missing
        call    print
        li      a0, 1
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
name:   .asciz  "alphabet.txt"
child_reads:
        .asciz  "child:  "
parent_reads:
        .asciz  "parent: "
missing:
        .asciz  "cannot open alphabet.txt\n"
newline:
        .asciz  "\n"
