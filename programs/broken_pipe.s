# Writing into a pipe that nobody can read any more kills the writer with SIGPIPE.
# So the left end of a pipeline ends by itself when the right end has seen enough, without checking a single write.
#
# Expected output:
#   the only read end is closed, writing
# Exit status: 141
# Scheduling: any

        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

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
        lw      a0, pipe
        li      a7, SYS_close
        ecall
        la      a0, before
        call    print

        lw      a0, pipe + 4
        la      a1, before
        li      a2, 1
        li      a7, SYS_write
        ecall                           # 141 is 128 + 13, SIGPIPE

        la      a0, after
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

        .section .rodata
before: .asciz  "the only read end is closed, writing\n"
after:  .asciz  "still alive\n"
