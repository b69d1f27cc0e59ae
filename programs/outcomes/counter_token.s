# Two processes add 1 to a shared counter, twice each, and only who has the token may.
# The token is a byte in a pipe. Who has read it finds the counter as the other has left it, and writes it back: it is
# 4, whatever the schedule. Compare counter_race.
#
# Expected output without newline:
#   4
# Exit status: 0
# Scheduling: any
# Outcomes: 1

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_mmap2, 222
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    MAP_SHARED_ANONYMOUS, 0x21
        .equ    PROT_READ_WRITE, 3
        .equ    STDOUT, 1
        .equ    ROUNDS, 2
        .equ    PAGE_SIZE, 4096

        .bss
        .balign 4
ends:   .skip   8                       # descriptors: to read from, to write to
token:  .skip   1

        .text
        .globl  _start
_start:
        li      a0, 0
        li      a1, PAGE_SIZE
        li      a2, PROT_READ_WRITE
        li      a3, MAP_SHARED_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        mv      s0, a0                  # the counter is the first word of the page
        la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        lw      a0, ends + 4            # one token, for whoever comes first
        la      a1, token
        li      a2, 1
        li      a7, SYS_write
        ecall
        li      a7, SYS_fork
        ecall
        mv      s1, a0

        li      s2, ROUNDS
1:      lw      a0, ends                # take the token, or wait for it
        la      a1, token
        li      a2, 1
        li      a7, SYS_read
        ecall
        lw      t0, 0(s0)
        addi    t0, t0, 1
        sw      t0, 0(s0)
        lw      a0, ends + 4            # give it back
        la      a1, token
        li      a2, 1
        li      a7, SYS_write
        ecall
        addi    s2, s2, -1
        bnez    s2, 1b

        beqz    s1, leave
        mv      a0, s1
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lw      t0, 0(s0)
        addi    t0, t0, '0'
        sb      t0, 0(s0)
        li      a0, STDOUT
        mv      a1, s0
        li      a2, 1
        li      a7, SYS_write
        ecall
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall
