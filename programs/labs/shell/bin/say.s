# Writes its arguments, with a blank between them and a newline at the end.

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        addi    s0, sp, 8               # s0: where the next argument's address is
        lw      s1, 0(s0)
        beqz    s1, end
next:   mv      a1, s1
1:      lbu     t0, 0(s1)
        addi    s1, s1, 1
        bnez    t0, 1b
        addi    s0, s0, 4
        addi    s1, s1, -1              # where the NUL byte was comes a blank, or the newline
        li      t0, '\n'
        lw      t1, 0(s0)
        beqz    t1, 2f
        li      t0, ' '
2:      sb      t0, 0(s1)
        addi    s1, s1, 1
        sub     a2, s1, a1
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        lw      s1, 0(s0)
        bnez    s1, next
end:    li      a0, 0
        li      a7, SYS_exit
        ecall
