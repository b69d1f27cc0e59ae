# How a program is started: fork makes a process, exec gives it another program.
# The child's memory is replaced by the image of hello; its pid stays the same. execve does not return when it succeeds,
# for there is nothing left to return to. Whatever the child does between the two calls, hello inherits: see pipeline.
#
# Expected output:
#   hello, world
#   parent: child 3 ran hello
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    NOT_FOUND, 127          # what shells report for a command they cannot start

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        bnez    a0, parent

        la      a0, hello
        la      a1, hello_argv
        li      a2, 0                   # no environment
        li      a7, SYS_execve
        ecall
        li      a0, NOT_FOUND           # reached only if execve failed
        li      a7, SYS_exit
        ecall

parent:
        mv      s0, a0
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a0, parent_says
        call    print
        mv      a0, s0
        call    print_number
        la      a0, ran_hello
        call    print
        li      a0, 0
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
        .balign 4
hello_argv:
        .word   hello, 0                # one argument, the name; and the null that ends the list
hello:  .asciz  "hello"
parent_says:
        .asciz  "parent: child "
ran_hello:
        .asciz  " ran hello\n"
