# vfork for C on riscv32 Linux, where the C libraries have none that shares memory: theirs is a fork.
#
# pid_t vfork(void): clone(CLONE_VM | CLONE_VFORK | SIGCHLD), with the stack that it is called on. Linked in front of
# the C library it serves in the library's place, on Linux as well as in Forklore.
#
# It returns twice with one return address. That address must not wait on the stack, where the child would overwrite it
# before the parent comes back: it stays in ra, which each of the two has for itself.

        .equ    SYS_clone, 220
        .equ    CLONE_VM_VFORK_SIGCHLD, 0x4111
        .equ    HIGHEST_ADDRESS_OR_PID, -4096   # unsigned: what lies above it is an error number, negated

        .text
        .globl  vfork
        .type   vfork, @function
        .balign 4
vfork:
        .cfi_startproc
        li      a0, CLONE_VM_VFORK_SIGCHLD
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a4, 0
        li      a7, SYS_clone
        ecall
        li      t0, HIGHEST_ADDRESS_OR_PID
        bgtu    a0, t0, failed
        ret

failed: addi    sp, sp, -16                     # there is no child that could damage what is saved here
        .cfi_def_cfa_offset 16
        sw      ra, 12(sp)
        sw      s0, 8(sp)
        .cfi_offset ra, -4
        .cfi_offset s0, -8
        neg     s0, a0
        call    __errno_location
        sw      s0, 0(a0)
        li      a0, -1
        lw      s0, 8(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret
        .cfi_endproc
        .size   vfork, . - vfork

        .section .note.GNU-stack, "", @progbits
