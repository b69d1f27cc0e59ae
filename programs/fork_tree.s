# A tree of processes, three generations deep, each drawn by itself.
# Every process of the first two generations forks two children. It waits for the first before it makes the second, so
# the lines come out in the order of the tree and the pids count up along it.
#
# Expected output:
#   2, child of 1
#     3, child of 2
#       4, child of 3
#       5, child of 3
#     6, child of 2
#       7, child of 6
#       8, child of 6
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getpid, 172
        .equ    SYS_getppid, 173
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    GENERATIONS, 3
        .equ    CHILDREN, 2

        .text
        .globl  _start
_start:
        li      s0, 0                   # s0: this process's generation

born:                                   # every process of the tree passes here once, as itself
        mv      s1, s0
1:      beqz    s1, 2f                  # two blanks a generation
        la      a0, indent
        call    print
        addi    s1, s1, -1
        j       1b
2:      li      a7, SYS_getpid
        ecall
        call    print_number
        la      a0, child_of
        call    print
        li      a7, SYS_getppid
        ecall
        call    print_number
        la      a0, newline
        call    print

        addi    s0, s0, 1               # the generation of the children
        li      t0, GENERATIONS
        beq     s0, t0, exit
        li      s1, CHILDREN
3:      li      a7, SYS_fork
        ecall
        beqz    a0, born                # s0 was copied, and is right for the child
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        addi    s1, s1, -1
        bnez    s1, 3b

exit:   li      a0, 0
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
indent: .asciz  "  "
child_of:
        .asciz  ", child of "
newline:
        .asciz  "\n"
