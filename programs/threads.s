# Threads, made by hand: clone with CLONE_THREAD, a stack for each, and a futex to wait for their ends.
# A thread is a process to the scheduler, but it has everything in common with the one that made it: memory, files,
# handlers, the process's number. So each needs a stack of its own, and nobody can wait for it as for a child: the
# kernel stores a 0 where CLONE_CHILD_CLEARTID says when the thread is gone, and wakes who waits for that word.
# pthread_create and pthread_join do no more. The last thread to exit ends the process.
#
# Expected output:
#   3 threads in one process
#   counter is 6000
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getpid, 172
        .equ    SYS_clone, 220
        .equ    SYS_futex_time64, 422
        .equ    FUTEX_WAIT, 0
        .equ    CLONE_VM, 0x100
        .equ    CLONE_FS, 0x200
        .equ    CLONE_FILES, 0x400
        .equ    CLONE_SIGHAND, 0x800
        .equ    CLONE_THREAD, 0x10000
        .equ    CLONE_SYSVSEM, 0x40000  # and what they do to semaphores
        .equ    CLONE_CHILD_CLEARTID, 0x200000
        .equ    STDOUT, 1
        .equ    THREADS, 3
        .equ    ROUNDS, 1000
        .equ    STACK_SIZE, 4096

        .bss
        .balign 16
stacks: .skip   STACK_SIZE * THREADS
alive:  .skip   4 * THREADS             # a word for each thread: 1 while it lives
counter:
        .skip   4
members:
        .skip   4                       # threads that have the process's number

        .text
        .globl  _start
_start:
        li      a7, SYS_getpid
        ecall
        mv      s2, a0                  # every thread begins with the registers of its maker
        li      s0, 0                   # which thread
        la      s1, alive
        la      s3, stacks
1:      li      t0, 1
        sw      t0, 0(s1)
        li      t0, STACK_SIZE
        add     s3, s3, t0
        li      a0, CLONE_VM + CLONE_FS + CLONE_FILES + CLONE_SIGHAND + CLONE_SYSVSEM + CLONE_THREAD
        li      t0, CLONE_CHILD_CLEARTID
        or      a0, a0, t0
        mv      a1, s3                  # stacks grow down: its end
        li      a2, 0
        li      a3, 0
        mv      a4, s1                  # the word to clear
        li      a7, SYS_clone
        ecall
        beqz    a0, thread
        addi    s1, s1, 4
        addi    s0, s0, 1
        li      t0, THREADS
        blt     s0, t0, 1b

        la      s1, alive               # join: each word becomes 0
2:      lw      a2, 0(s1)
        beqz    a2, 3f
        mv      a0, s1
        li      a1, FUTEX_WAIT          # sleeps only while the word is what it was
        li      a3, 0
        li      a7, SYS_futex_time64
        ecall
        j       2b
3:      addi    s1, s1, 4
        addi    s0, s0, -1
        bnez    s0, 2b

        lw      a0, members
        call    print_number
        la      a0, in_process
        call    print
        la      a0, counter_is
        lw      a1, counter
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

# What a thread does: s0 tells it which it is. It counts, ROUNDS times its number, and ends alone.
thread:
        li      a7, SYS_getpid
        ecall
        bne     a0, s2, 4f
        la      t0, members
        li      t1, 1
        amoadd.w zero, t1, (t0)
4:      addi    t2, s0, 1
        la      t0, counter
        li      t1, ROUNDS
5:      amoadd.w zero, t2, (t0)
        addi    t1, t1, -1
        bnez    t1, 5b
        li      a0, 0
        li      a7, SYS_exit            # of this thread; exit_group would end all
        ecall

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
in_process:
        .asciz  " threads in one process\n"
counter_is:
        .asciz  "counter is "
newline:
        .asciz  "\n"
