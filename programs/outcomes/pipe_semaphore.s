# A pipe as a semaphore: a byte in it is a permit, and who reads it waits until there is one.
# The child writes c, puts a byte into the pipe and writes d. The parent reads the byte before it writes p: so c is
# before p, and only d may come on either side of it.
#
# Expected output without newline:
#   cdp
# Exit status: 0
# Scheduling: depends
# Outcomes: 2

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .bss
        .balign 4
ends:   .skip   8                       # descriptors: to read from, to write to
permit: .skip   1

        .text
        .globl  _start
_start:
        la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        lw      a0, ends
        la      a1, permit
        li      a2, 1
        li      a7, SYS_read
        ecall
        la      a1, p
        call    print_letter
        j       leave

child:  la      a1, c
        call    print_letter
        lw      a0, ends + 4
        la      a1, permit
        li      a2, 1
        li      a7, SYS_write
        ecall
        la      a1, d
        call    print_letter
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

# print_letter(a1: address of a letter)
print_letter:
        li      a0, STDOUT
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
c:      .ascii  "c"
d:      .ascii  "d"
p:      .ascii  "p"
