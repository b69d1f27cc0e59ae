# Why a line written once may come out twice: fork copies what waits in a buffer as well.
# A C library gathers output in the process's own memory and writes it when the buffer fills or the process exits. What
# is still in the buffer at fork exists twice, and both processes flush it. So flush before fork, or leave the child
# with _exit, which does not flush.
#
# Expected output:
#   put into the buffer once
#   put into the buffer once
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .bss
        .balign 4
buffer: .skip   64
used:   .skip   4                       # bytes in the buffer that no write has taken yet

        .text
        .globl  _start
_start:
        la      a0, line
        call    put

        li      a7, SYS_fork            # the buffer is not empty here: that is the mistake
        ecall
        beqz    a0, exit
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall

exit:                                   # parent and child leave the way C's exit does: flush, then end
        call    flush
        li      a0, 0
        li      a7, SYS_exit
        ecall

# put(a0: text that ends in a NUL byte): appends it to the buffer, like C's fputs
put:
        la      t0, used
        lw      t1, 0(t0)
        la      t2, buffer
1:      lbu     t3, 0(a0)
        beqz    t3, 2f
        add     t4, t2, t1
        sb      t3, 0(t4)
        addi    a0, a0, 1
        addi    t1, t1, 1
        j       1b
2:      sw      t1, 0(t0)
        ret

# flush(): one write for all that has gathered, like C's fflush
flush:
        la      t0, used
        lw      a2, 0(t0)
        sw      zero, 0(t0)
        la      a1, buffer
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
line:   .asciz  "put into the buffer once\n"
