# exec begins a new life in the same process: data as in the file, an empty heap, a fresh stack.
# The program changes its data, marks its heap and its stack, and executes itself with one more argument, by which the
# second life knows that it is the second. The pid is the same. Every mark is gone.
#
# Expected output:
#   first:  pid 2, data 7
#   first:  data set to 99, heap and stack marked
#   second: pid 2, data 7
#   second: marks in the heap 0, on the stack 0
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getpid, 172
        .equ    SYS_brk, 214
        .equ    SYS_execve, 221
        .equ    STDOUT, 1
        .equ    MARK, 0x5eed
        .equ    SPAN, 4096              # bytes of heap and stack that the second life searches

        .data
        .balign 4
in_data:
        .word   7

        .text
        .globl  _start
_start:
        lw      s0, 0(sp)               # s0: argc
        mv      s1, sp                  # s1: where the stack is searched from, downwards
        li      a0, 0
        li      a7, SYS_brk
        ecall
        mv      s2, a0                  # s2: start of the heap
        li      t0, SPAN
        add     a0, a0, t0
        li      a7, SYS_brk
        ecall
        li      t0, 1
        bgtu    s0, t0, second_life

        la      a0, first_is
        call    show
        li      t0, 99
        la      t1, in_data
        sw      t0, 0(t1)
        li      t0, MARK
        sw      t0, 0(s2)
        sw      t0, -SPAN/2(s1)
        la      a0, first_marks
        call    print
        la      a0, name
        la      a1, second_argv
        li      a2, 0
        li      a7, SYS_execve
        ecall
        li      a0, 1                   # reached only if execve failed
        li      a7, SYS_exit
        ecall

second_life:
        la      a0, second_is
        call    show
        mv      a0, s2
        call    count_marks
        mv      s3, a0
        li      t0, SPAN
        sub     a0, s1, t0
        call    count_marks
        mv      s4, a0
        la      a0, in_heap
        call    print
        mv      a0, s3
        call    print_number
        la      a0, on_stack
        mv      a1, s4
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

# show(a0: which life it is): pid and static data
show:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        call    print
        li      a7, SYS_getpid
        ecall
        call    print_number
        la      a0, data_label
        lw      a1, in_data
        call    print_line
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# count_marks(a0: address) -> a0: how many of the SPAN bytes' words from there on are MARK
count_marks:
        li      t0, SPAN
        add     t0, a0, t0
        li      t1, MARK
        li      t2, 0
1:      lw      t3, 0(a0)
        bne     t3, t1, 2f
        addi    t2, t2, 1
2:      addi    a0, a0, 4
        bltu    a0, t0, 1b
        mv      a0, t2
        ret

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
        .balign 4
second_argv:
        .word   name, again, 0
name:   .asciz  "exec_resets"
again:  .asciz  "again"
first_is:
        .asciz  "first:  pid "
second_is:
        .asciz  "second: pid "
data_label:
        .asciz  ", data "
first_marks:
        .asciz  "first:  data set to 99, heap and stack marked\n"
in_heap:
        .asciz  "second: marks in the heap "
on_stack:
        .asciz  ", on the stack "
newline:
        .asciz  "\n"
