# A parent waits for any child, and does not care which it was: it only counts them.
# The children write a and b, the parent a dot after each wait. At least one letter is before the first dot, and both
# are before the second. Which child the wait took is seen by nobody: no more outcomes come of it. Compare wait_for_any.
#
# Expected output without newline:
#   ab..
# Exit status: 0
# Scheduling: depends
# Outcomes: 4

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    ANY_CHILD, -1

        .text
        .globl  _start
_start:
        la      s2, a
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        la      s2, b
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        call    wait
        call    wait
        j       leave

child:  mv      a1, s2
        call    print_letter
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

# wait(): waits for any child and writes a dot
wait:
        mv      s4, ra
        li      a0, ANY_CHILD
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a1, dot
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
dot:    .ascii  "."
