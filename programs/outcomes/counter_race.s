# Two processes add 1 to a shared counter, twice each, by a load, an add and a store.
# If nothing is lost the counter is 4. At worst it is 2: one loads the 0, the other makes its first round, the one
# stores its 1, the other loads it, the one makes its second round, and the other stores its 2. It is never less, for
# the last store of all is one of a second round, which has loaded at least a 1.
#
# Expected output without newline:
#   4
# Exit status: 0
# Scheduling: depends
# Outcomes: 3

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
        li      a7, SYS_fork
        ecall
        mv      s1, a0

        li      s2, ROUNDS
1:      lw      t0, 0(s0)
        addi    t0, t0, 1
        sw      t0, 0(s0)
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
