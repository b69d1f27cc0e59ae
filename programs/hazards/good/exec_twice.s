# The child execs with arguments and an environment that lie in the parent's memory, which exec only reads; a failed
# exec writes nothing at all without a C library.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_vfork, 1071

        .data
        .balign 4
words:  .word   shell, option, command, 0
shell:  .asciz  "/bin/sh"
option: .asciz  "-c"
command:
        .asciz  "exit 0"
nowhere:
        .asciz  "/nowhere"

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      a0, nowhere
        la      a1, words
        li      a2, 0
        li      a7, SYS_execve
        ecall
        la      a0, shell
        la      a1, words
        li      a2, 0
        li      a7, SYS_execve
        ecall
        li      a0, 127
        li      a7, SYS_exit
        ecall
parent:
        li      a0, 0
        li      a7, SYS_exit
        ecall
