# What a shell does for `echo ... | cat`: two children, one pipe, and two programs that know nothing of it.
# Between fork and exec each child puts its end of the pipe where the program expects a standard descriptor. This is
# what the two calls are separate for: the child still runs the parent's code, but already on its own descriptors.
#
# Expected output:
#   through the pipe
#   both have exited
# Exit status: 0
# Scheduling: any

        .equ    SYS_dup3, 24
        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDIN, 0
        .equ    STDOUT, 1
        .equ    NOT_FOUND, 127

        .bss
        .balign 4
pipe:   .skip   8                       # read end, write end

        .text
        .globl  _start
_start:
        la      a0, pipe
        li      a1, 0
        li      a7, SYS_pipe2
        ecall

        li      a7, SYS_fork
        ecall
        bnez    a0, 1f
        lw      a0, pipe + 4            # left of the bar: the write end becomes standard output
        li      a1, STDOUT
        la      s0, echo_argv
        j       run

1:      li      a7, SYS_fork
        ecall
        bnez    a0, 2f
        lw      a0, pipe                # right of the bar: the read end becomes standard input
        li      a1, STDIN
        la      s0, cat_argv
        j       run

2:      call    close_pipe              # or cat would wait for ever: the parent might still write
        call    wait
        call    wait
        la      a0, both_exited
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

# run: in a child, the program of the argv at s0, with the descriptor a0 as a1
run:
        li      a2, 0
        li      a7, SYS_dup3
        ecall
        call    close_pipe              # the copy made by dup3 is all the program needs
        lw      a0, 0(s0)
        mv      a1, s0
        li      a2, 0
        li      a7, SYS_execve
        ecall
        li      a0, NOT_FOUND
        li      a7, SYS_exit
        ecall

# close_pipe(): both ends, in the process that calls it
close_pipe:
        lw      a0, pipe
        li      a7, SYS_close
        ecall
        lw      a0, pipe + 4
        li      a7, SYS_close
        ecall
        ret

# wait(): for whichever child ends first
wait:
        li      a0, -1
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
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

        .section .rodata
        .balign 4
echo_argv:
        .word   echo, through, the_pipe, 0
cat_argv:
        .word   cat, 0
echo:   .asciz  "echo"
through:
        .asciz  "through"
the_pipe:
        .asciz  "the pipe"
cat:    .asciz  "cat"
both_exited:
        .asciz  "both have exited\n"
