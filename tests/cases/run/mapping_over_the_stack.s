# Maps memory over the place of the stack, where it is told to: what was there is replaced, as Linux does.
        .equ    SYS_exit, 93
        .equ    SYS_mmap2, 222
        .globl  _start
_start: li      a0, 0x7effe000
        li      a1, 0x1000000
        li      a2, 3                   # PROT_READ | PROT_WRITE
        li      a3, 0x32                # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        li      t0, 0x7effe000
        sub     a0, a0, t0
        sw      a0, 0(t0)
        lw      a0, 0(t0)
        li      a7, SYS_exit
        ecall
