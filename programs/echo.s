# Where a program finds its arguments: the kernel put them on the stack before it began.
# At entry sp points at argc; above it lie the argv pointers, a null, the envp pointers, a null, and further up the
# strings themselves. argv[0] is the program's name, so printing starts at argv[1].
#
# Expected output:
#   one two three
# Exit status: 0
# Scheduling: any
# Arguments: one two three

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        addi    s0, sp, 8               # &argv[1]: past argc and argv[0]
        lw      a0, 0(s0)
        beqz    a0, 2f                  # no arguments: an empty line
1:      call    print
        addi    s0, s0, 4
        lw      t0, 0(s0)
        beqz    t0, 2f                  # the null after the last argument
        la      a0, space
        call    print
        lw      a0, 0(s0)
        j       1b

2:      la      a0, newline
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
space:  .asciz  " "
newline:
        .asciz  "\n"
