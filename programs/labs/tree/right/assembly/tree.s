# The tree in assembly, without a library: what a process knows of itself is in registers, which fork copies.
# A child begins like the first process, with a number and a depth of its own, and ends where all processes end.

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getppid, 173
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    STDERR, 2
        .equ    ANY_CHILD, -1

        .text
        .globl  _start
_start:
        li      s0, 1                   # s0: this process's number
        li      s1, 0                   # s1: how deep the tree goes below it
        lw      s2, 0(sp)               # s2: how many arguments; a third asks for parents
        li      t0, 2
        blt     s2, t0, grow
        lw      t1, 8(sp)               # the depth, in decimal
        li      t3, 10
1:      lbu     t2, 0(t1)
        beqz    t2, grow
        mul     s1, s1, t3
        addi    t2, t2, -'0'
        add     s1, s1, t2
        addi    t1, t1, 1
        j       1b

grow:                                   # every process of the tree passes here once, as itself
        li      s3, 1                   # s3: the size of this part of the tree
        li      s4, 0                   # s4: children that are not yet waited for
        li      s5, 0                   # s5: which child is next: 0 left, 1 right
        beqz    s1, tell
fork:   li      a7, SYS_fork
        ecall
        bltz    a0, no_room
        bnez    a0, 1f
        slli    s0, s0, 1               # in a child: its number, and one level less
        add     s0, s0, s5
        addi    s1, s1, -1
        j       grow
no_room:
        li      a0, STDERR
        la      a1, no_child
        li      a2, 15
        li      a7, SYS_write
        ecall
        j       2f
1:      addi    s4, s4, 1
2:      addi    s5, s5, 1
        li      t0, 2
        blt     s5, t0, fork

wait:   beqz    s4, tell
        li      a0, ANY_CHILD
        addi    sp, sp, -16
        mv      a1, sp
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lbu     t0, 1(sp)               # the second byte of the word is the exit status
        addi    sp, sp, 16
        add     s3, s3, t0
        addi    s4, s4, -1
        j       wait

# The line is put together from its end, and written in one piece.
tell:   mv      s6, sp                  # s6: the first byte of the line, s7: the byte behind it
        mv      s7, sp
        addi    sp, sp, -32
        li      a0, '\n'
        call    put
        li      t0, 3
        blt     s2, t0, 1f
        li      a7, SYS_getppid
        ecall
        call    put_number
        li      a0, ' '
        call    put
        li      a0, 'f'
        call    put
        li      a0, 'o'
        call    put
        li      a0, ' '
        call    put
1:      mv      a0, s0
        call    put_number
        li      a0, STDOUT
        mv      a1, s6
        sub     a2, s7, s6
        li      a7, SYS_write
        ecall
        mv      a0, s3
        li      a7, SYS_exit
        ecall

# put(a0: byte), in front of the line
put:    addi    s6, s6, -1
        sb      a0, 0(s6)
        ret

# put_number(a0: unsigned number), in decimal, in front of the line
put_number:
        li      t1, 10
1:      remu    t0, a0, t1
        divu    a0, a0, t1
        addi    t0, t0, '0'
        addi    s6, s6, -1
        sb      t0, 0(s6)
        bnez    a0, 1b
        ret

        .section .rodata
no_child:
        .ascii  "tree: no child\n"
