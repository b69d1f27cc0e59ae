# Five philosophers, five forks: each is a pipe with a token in it, and each philosopher takes the left one first.
# They may eat in each of the 5! orders. If all have taken their left forks before anybody eats, all wait for ever; who
# has eaten leaves, and its forks stay on the table, so that it does not happen later. Compare philosophers_mended_5.
#
# Expected output without newline:
#   12345
# Exit status: 0
# Scheduling: depends
# Outcomes: 121, 1 deadlock

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    ANY_CHILD, -1
        .equ    STDOUT, 1
        .equ    N, 5

        .bss
        .balign 4
forks:  .skip   8 * N                   # of each pipe the descriptors: to read from, to write to
token:  .skip   1

        .text
        .globl  _start
_start:
        la      s0, forks
        li      s1, N
1:      mv      a0, s0
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        mv      a0, s0
        call    put
        addi    s0, s0, 8
        addi    s1, s1, -1
        bnez    s1, 1b

        li      s1, 0                   # number of the philosopher
2:      li      a7, SYS_fork
        ecall
        beqz    a0, philosopher
        addi    s1, s1, 1
        li      t0, N
        bne     s1, t0, 2b
3:      li      a0, ANY_CHILD
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        addi    s1, s1, -1
        bnez    s1, 3b
        j       leave

philosopher:
        la      s2, forks               # the left fork has the philosopher's number, the right one the next
        slli    t0, s1, 3
        add     s2, s2, t0
        addi    s3, s2, 8
        li      t0, N - 1
        bne     s1, t0, 4f
        la      s3, forks               # the last one's right fork is the first
4:      mv      a0, s2
        call    take
        mv      a0, s3
        call    take
        li      a0, STDOUT              # eat
        la      a1, digits
        add     a1, a1, s1
        li      a2, 1
        li      a7, SYS_write
        ecall
        mv      a0, s2
        call    put
        mv      a0, s3
        call    put
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

# take(a0: address of a fork's descriptors): waits until it is on the table
take:
        lw      a0, 0(a0)
        la      a1, token
        li      a2, 1
        li      a7, SYS_read
        ecall
        ret

# put(a0: address of a fork's descriptors): lays it on the table
put:
        lw      a0, 4(a0)
        la      a1, token
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
digits: .ascii  "12345"
