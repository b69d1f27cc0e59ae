# fork and wait4 in terms of calls that riscv32 Linux has, for programs that shall run on a real kernel.
# Both are entered by `jal t6` in the place of an ecall and change nothing but a0, as the call itself would.

qemu_fork:                              # clone(SIGCHLD, 0, 0, 0, 0)
        addi    sp, sp, -32
        sw      a1, 0(sp)
        sw      a2, 4(sp)
        sw      a3, 8(sp)
        sw      a4, 12(sp)
        li      a0, 17
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a4, 0
        li      a7, 220
        ecall
        lw      a1, 0(sp)
        lw      a2, 4(sp)
        lw      a3, 8(sp)
        lw      a4, 12(sp)
        addi    sp, sp, 32
        jr      t6

qemu_wait4:                             # waitid(P_ALL or P_PID, pid, info, WEXITED | options, 0)
        addi    sp, sp, -192            # info, 128 bytes, then what must be kept
        sw      a1, 128(sp)
        sw      a2, 132(sp)
        sw      a3, 136(sp)
        sw      a4, 140(sp)
        sw      t0, 144(sp)
        sw      t1, 148(sp)
        sw      zero, 12(sp)            # si_pid stays 0 when nobody has ended
        mv      a1, a0
        slti    a0, a0, 0
        xori    a0, a0, 1
        ori     a3, a2, 4
        mv      a2, sp
        li      a4, 0
        li      a7, 95
        ecall
        bltz    a0, 3f
        lw      a0, 12(sp)
        lw      t0, 128(sp)
        beqz    t0, 3f                  # no status wanted
        beqz    a0, 3f
        lw      t1, 20(sp)              # si_status
        lw      a4, 8(sp)               # si_code
        addi    a4, a4, -1              # CLD_EXITED
        bnez    a4, 1f
        slli    t1, t1, 8
        j       2f
1:      addi    a4, a4, -2              # CLD_DUMPED
        bnez    a4, 2f
        ori     t1, t1, 0x80
2:      sw      t1, 0(t0)
3:      lw      a1, 128(sp)
        lw      a2, 132(sp)
        lw      a3, 136(sp)
        lw      a4, 140(sp)
        lw      t0, 144(sp)
        lw      t1, 148(sp)
        addi    sp, sp, 192
        jr      t6
