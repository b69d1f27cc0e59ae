# A child that outlives its parent is not left alone: process 1 becomes its parent.
# Somebody has to wait for it when it ends, or it would stay a zombie for ever. The parent exits without waiting; the
# child looks at its parent's pid until it changes.
#
# Expected output:
#   child:  my parent is 2
#   parent: exiting before my child
#   child:  my parent is 1
# Exit status: 0
# Scheduling: any

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_sched_yield, 124
        .equ    SYS_getppid, 173
        .equ    SYS_fork, 1079
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

        lw      a0, pipe                # sleeps until the child has spoken
        la      a1, byte
        li      a2, 1
        li      a7, SYS_read
        ecall
        la      a0, parent_says
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

child:
        li      a7, SYS_getppid
        ecall
        mv      s0, a0                  # s0: the parent it was born to
        la      a0, child_says
        mv      a1, s0
        call    print_line
        lw      a0, pipe + 4            # wakes the parent
        la      a1, byte
        li      a2, 1
        li      a7, SYS_write
        ecall

1:      li      a7, SYS_sched_yield     # asking again is useless until somebody else has run
        ecall
        li      a7, SYS_getppid
        ecall
        beq     a0, s0, 1b
        mv      a1, a0
        la      a0, child_says
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

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
child_says:
        .asciz  "child:  my parent is "
parent_says:
        .asciz  "parent: exiting before my child\n"
newline:
        .asciz  "\n"
