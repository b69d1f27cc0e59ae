# A pipe, a vfork child that executes leaf.s at its end, a forked child that has a vfork child of its own, and the damage
# that this one does to its parent's memory.

        .equ    SYS_dup3, 24
        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_wait4, 260
        .equ    SYS_vfork, 1071
        .equ    SYS_fork, 1079

        .section .rodata
leaf:   .asciz  "/leaf.s"
text:   .ascii  "sap\n"

        .data
        .balign 4
ends:   .word   0, 0
balance:
        .word   100

        .text
        .globl  _start
_start: la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a7, SYS_vfork
        ecall
        beqz    a0, reader
        mv      s0, a0
        li      a7, SYS_fork
        ecall
        beqz    a0, branch
        mv      s1, a0
        call    feed
        mv      a0, s0
        call    collect
        mv      a0, s1
        call    collect
        lw      a0, balance
        addi    a0, a0, -100
        li      a7, SYS_exit
        ecall

# reader: the vfork child; its standard input is the pipe, and it executes /leaf.s
reader: lw      a0, ends
        li      a1, 0
        li      a2, 0
        li      a7, SYS_dup3
        ecall
        lw      a0, ends+4
        li      a7, SYS_close
        ecall
        addi    sp, sp, -16
        la      a0, leaf
        sw      a0, 0(sp)
        sw      zero, 4(sp)
        mv      a1, sp
        addi    a2, sp, 4
        li      a7, SYS_execve
        ecall
        li      a0, 1
        li      a7, SYS_exit
        ecall

# branch: the forked child, whose own vfork child takes from its balance
branch: li      a7, SYS_vfork
        ecall
        beqz    a0, taker
        call    collect
        lw      a0, balance
        li      a7, SYS_exit
        ecall

taker:  la      t0, balance
        lw      t1, 0(t0)
        addi    t1, t1, -60
        sw      t1, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall

# feed(): a line into the pipe, and its end
feed:   addi    sp, sp, -16
        sw      ra, 12(sp)
        lw      a0, ends+4
        la      a1, text
        li      a2, 4
        li      a7, SYS_write
        ecall
        lw      a0, ends+4
        li      a7, SYS_close
        ecall
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# collect(a0: pid): wait for it
collect:
        addi    sp, sp, -16
        mv      a1, sp
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        addi    sp, sp, 16
        ret
