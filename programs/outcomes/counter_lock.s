# Two processes add 1 to a shared counter, twice each, under a lock.
# amoswap.w takes the lock, a word that is 0 when it is free, and whoever finds it held sleeps until the owner wakes it.
# Only one is between load and store at a time: it is 4, whatever the schedule. Compare counter_race.
#
# Expected output without newline:
#   4
# Exit status: 0
# Scheduling: any
# Outcomes: 1

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_mmap2, 222
        .equ    SYS_wait4, 260
        .equ    SYS_futex_time64, 422
        .equ    SYS_fork, 1079
        .equ    FUTEX_WAIT, 0
        .equ    FUTEX_WAKE, 1
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
1:      addi    a0, s0, 4               # take the lock: the word behind the counter
        li      t0, 2
        amoswap.w.aq t0, t0, (a0)
        beqz    t0, 2f
        li      a1, FUTEX_WAIT          # held: sleep, unless it is free by now
        li      a2, 2
        li      a3, 0
        li      a7, SYS_futex_time64
        ecall
        j       1b
2:      lw      t0, 0(s0)
        addi    t0, t0, 1
        sw      t0, 0(s0)
        amoswap.w.rl zero, zero, (a0)   # give it back
        li      a1, FUTEX_WAKE
        li      a2, 1
        li      a7, SYS_futex_time64
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
