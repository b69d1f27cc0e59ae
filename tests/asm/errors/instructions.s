# Mistyped and impossible instructions. Comments say which lines only we refuse.
        .text
start:  adii    a0, a0, 1
        lw      a0, 4(a9)
        addi    a0, a0, 4096
        addi    a0, a0, -2049
        lw      a0, 2048(sp)
        sw      a0, -2049(sp)
        lui     a0, 0x100000
        lui     a0, -1
        auipc   a0, 1048576
        slli    a0, a0, 32
        srai    a0, a0, -1
        beq     a0, a1, 3
        beq     a0, a1, 4096
        bne     a0, a1, -4098
        j       0x100000
        jal     ra, 1
        li      a0, 0x100000000                 # GNU takes it
        li      a0, -0x80000001                 # GNU takes it
        li      a0, start
        la      a0, 0x100000000                 # GNU takes it
        call    12
        call    start + 4                       # GNU takes it
        add     a0, a1
        add     a0, a1,
        add     a0, a1, a2, a3
        add     a0 a1, a2
        add     a0, a1, 4096
        sub     a0, a1, 5
        addi    a0, a1, a2
        mv      a0, 5
        mv      A0, a1
        mul     a0, a1, x32
        fence   wr, rw
        fence   x, y
        fence   rw
        lr.w    a0, 4(a1)
        lr.w    a0, a1
        sc.w.aq.rl a0, a1, (a2)
        amoadd.d a0, a1, (a2)
        amoaddw a0, a1, (a2)
        ld      a0, 0(a1)
        addiw   a0, a0, 1
        fadd.s  fa0, fa1, fa2
        c.nop
        csrr    a0, cycle                       # ours alone
        mret                                    # ours alone
        ret     a0
        nop     5
        ecall   0
        lw      a0
        lw      a0, 4(a1
        lw      a0, 4(a1))
        lw      a0, 4[a1]
        lw      a0, start, t0
        sw      a0, start
        lui     a0, %hii(start)
        lui     a0, %lo(start)
        addi    a0, a0, %hi(start)
        lui     a0, %hi start
        lui     a0, %hi(start
        addi    a0, a0, start
        sltiu   a0, a0, 0x800
        jalr    a0, a1, 2048
        5       a0
        (nop)
