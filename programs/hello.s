# The smallest whole program: one system call to write, one to exit.
# Nobody called _start, so it cannot return: a program has to ask the kernel to end it.
#
# Expected output:
#   hello, world
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .section .rodata
greeting:
        .ascii  "hello, world\n"
        .equ    greeting_length, . - greeting

        .text
        .globl  _start
_start:
        li      a0, STDOUT              # arguments go into a0, a1, a2, ...
        la      a1, greeting
        li      a2, greeting_length
        li      a7, SYS_write           # ... and the number of the call into a7
        ecall                           # a0 now holds the result: bytes written, or minus an error number

        li      a0, 0
        li      a7, SYS_exit
        ecall
