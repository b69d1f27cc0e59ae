# A process that waits for itself: it reads from a pipe to which only it could write.
# A read from an empty pipe returns 0 only when nobody can write any more. This process holds the write end itself, so
# it sleeps for ever. The machine sees that no process can ever run again, says who waits for what, and ends with 124.
#
# Expected output:
#   reading from a pipe that only I can write to
# Exit status: 124
# Scheduling: any

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
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
        la      a0, before
        call    print

        lw      a0, pipe                # closing pipe + 4 first would make this read return 0
        la      a1, byte
        li      a2, 1
        li      a7, SYS_read
        ecall

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
before: .asciz  "reading from a pipe that only I can write to\n"
after:  .asciz  "the read returned\n"
