# Moves a mapping to where a stack has still to grow: the stack then meets it, and is not grown over it.
        .equ    SYS_exit, 93
        .equ    SYS_mremap, 216
        .equ    SYS_mmap2, 222
        .equ    OLD, 0x60000000
        .equ    NEW, 0x7fff0000
        .globl  _start
_start: li      a0, OLD
        li      a1, 8192
        li      a2, 3                   # PROT_READ | PROT_WRITE
        li      a3, 0x32                # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        li      t0, OLD
        sw      t0, 0(t0)
        li      a0, OLD
        li      a1, 4096
        li      a2, 8192
        li      a3, 3                   # MREMAP_MAYMOVE | MREMAP_FIXED
        li      a4, NEW
        li      a7, SYS_mremap
        ecall
        li      t1, NEW - 0x4000
        li      t2, NEW + 0xe000
        li      t3, 4096
1:      sub     t2, t2, t3              # page by page down to the mapping, and over it
        sw      t2, 4(t2)
        bgeu    t2, t1, 1b
        li      a0, 7
        li      a7, SYS_exit
        ecall
