# A lock that costs no call while nobody waits: an atomic word, and a futex for the rest.
# The word is 0 when the lock is free, 1 when it is held, 2 when it is held and somebody may be asleep. Who finds 0 has
# it by one instruction, and who gives back a 1 wakes nobody. Only who finds it held stores a 2 and sleeps, and only a 2
# makes its owner call the kernel. The wait compares the word once more: what changes in between cannot be missed.
#
# Expected output:
#   2 threads, 1000 rounds each, counter is 2000
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_sched_yield, 124
        .equ    SYS_clone, 220
        .equ    SYS_futex_time64, 422
        .equ    FUTEX_WAIT, 0
        .equ    FUTEX_WAKE, 1
        .equ    CLONE_THREAD, 0x10000
        .equ    CLONE_SHARED, 0x40f00   # memory, directories, files, handlers, semaphores in common (threads.s)
        .equ    CLONE_CHILD_CLEARTID, 0x200000
        .equ    STDOUT, 1
        .equ    ROUNDS, 1000
        .equ    STACK_SIZE, 4096

        .bss
        .balign 16
stack:  .skip   STACK_SIZE
alive:  .skip   4                       # of the other thread: the kernel clears it at its end
lock:   .skip   4                       # 0: free, 1: held, 2: held, and somebody may wait
counter:
        .skip   4

        .text
        .globl  _start
_start:
        la      a4, alive
        li      t0, 1
        sw      t0, 0(a4)
        li      a0, CLONE_THREAD + CLONE_SHARED + CLONE_CHILD_CLEARTID
        la      a1, stack + STACK_SIZE
        li      a2, 0
        li      a3, 0
        li      a7, SYS_clone
        ecall
        bnez    a0, first

        call    count
        li      a0, 0
        li      a7, SYS_exit
        ecall

first:
        call    count
1:      la      a0, alive
        lw      a2, 0(a0)
        beqz    a2, 2f
        li      a1, FUTEX_WAIT
        li      a3, 0
        li      a7, SYS_futex_time64
        ecall
        j       1b
2:      la      a0, counter_is
        lw      a1, counter
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

# count(): adds 1 to the counter, ROUNDS times, each time under the lock
count:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      s0, 8(sp)
        li      s0, ROUNDS
1:      call    take
        lw      t0, counter
        andi    t1, s0, 63
        bnez    t1, 2f
        li      a7, SYS_sched_yield     # now and then the other finds the lock held
        ecall
2:      addi    t0, t0, 1
        la      t1, counter
        sw      t0, 0(t1)
        call    give_back
        addi    s0, s0, -1
        bnez    s0, 1b
        lw      s0, 8(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# take(): leaves t0 and t1 changed
take:
        la      a0, lock
1:      lr.w.aq t0, (a0)
        bnez    t0, 2f
        li      t1, 1
        sc.w    t1, t1, (a0)
        bnez    t1, 1b
        ret
2:      li      a2, 2                   # held: say that somebody waits, unless it is free by now
        amoswap.w.aq t0, a2, (a0)
        beqz    t0, 3f
        li      a1, FUTEX_WAIT
        li      a3, 0
        li      a7, SYS_futex_time64
        ecall                           # returns at once when the word is no 2 any more
        la      a0, lock
        j       2b
3:      ret

# give_back()
give_back:
        la      a0, lock
        amoswap.w.rl t0, zero, (a0)
        li      t1, 2
        bne     t0, t1, 1f
        li      a1, FUTEX_WAKE
        li      a2, 1
        li      a7, SYS_futex_time64
        ecall
1:      ret

# print_line(a0: text that ends in a NUL byte, a1: unsigned number): text, number, newline
print_line:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      a1, 8(sp)
        call    print
        lw      a0, 8(sp)
        call    print_number
        la      a0, newline
        call    print
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

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
counter_is:
        .asciz  "2 threads, 1000 rounds each, counter is "
newline:
        .asciz  "\n"
