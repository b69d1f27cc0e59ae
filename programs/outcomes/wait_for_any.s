# A parent waits for any child, and uses what the wait tells it: the exit status names the child.
# The children write a and b, and end with the letters A and B, which the parent writes after each wait. If A is first,
# a is before A, A before B, and b somewhere before B: 3 outcomes. If B is first there are as many.
#
# Expected output without newline:
#   abAB
# Exit status: 0
# Scheduling: depends
# Outcomes: 6

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    ANY_CHILD, -1

        .bss
        .balign 4
status: .skip   4

        .text
        .globl  _start
_start:
        la      s2, a
        li      s3, 'A'
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        la      s2, b
        li      s3, 'B'
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        call    wait
        call    wait
        li      a0, 0
        li      a7, SYS_exit
        ecall

child:  mv      a1, s2
        call    print_letter
        mv      a0, s3
        li      a7, SYS_exit
        ecall

# wait(): waits for any child and writes its status
wait:
        mv      s4, ra
        li      a0, ANY_CHILD
        la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a1, status + 1          # WEXITSTATUS: the second byte of the word
        call    print_letter
        jr      s4

# print_letter(a1: address of a letter)
print_letter:
        li      a0, STDOUT
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
a:      .ascii  "a"
b:      .ascii  "b"
