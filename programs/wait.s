# The ways to wait for a child: for any, for a certain one, without sleeping, and when there is none.
# Two children sleep until the parent closes a pipe, so the first question always comes too early: with WNOHANG wait4
# returns 0 instead of sleeping. Children that have ended can be waited for in any order, but each of them only once;
# error 10 is ECHILD, no such child.
#
# Expected output:
#   any, not sleeping:  0
#   the second child:   4
#   any:                3
#   any, once more:     error 10
# Exit status: 0
# Scheduling: any

        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    WNOHANG, 1
        .equ    ANY_CHILD, -1
        .equ    STDOUT, 1

        .bss
        .balign 4
pipe:   .skip   8                       # read end, write end
byte:   .skip   1

        .text
        .globl  _start
_start:
        la      a0, pipe
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        mv      s0, a0                  # s0: the second child

        li      a0, ANY_CHILD
        li      a1, WNOHANG
        call    wait
        mv      a1, a0
        la      a0, any_nohang
        call    print_line

        lw      a0, pipe + 4            # wakes both children
        li      a7, SYS_close
        ecall
        mv      a0, s0
        li      a1, 0
        call    wait
        mv      a1, a0
        la      a0, second_child
        call    print_line

        li      a0, ANY_CHILD
        li      a1, 0
        call    wait
        mv      a1, a0
        la      a0, any
        call    print_line

        li      a0, ANY_CHILD
        li      a1, 0
        call    wait
        neg     a1, a0
        la      a0, any_again
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

child:
        lw      a0, pipe + 4            # its own copy of the write end would keep it waiting for ever
        li      a7, SYS_close
        ecall
        lw      a0, pipe
        la      a1, byte
        li      a2, 1
        li      a7, SYS_read
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

# wait(a0: pid or ANY_CHILD, a1: options) -> a0: pid, 0 if none has ended yet, or minus an error number
wait:
        mv      a2, a1
        li      a1, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
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
any_nohang:
        .asciz  "any, not sleeping:  "
second_child:
        .asciz  "the second child:   "
any:    .asciz  "any:                "
any_again:
        .asciz  "any, once more:     error "
newline:
        .asciz  "\n"
