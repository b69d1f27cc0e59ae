# Lets a child's root table lie in front of a page of its own full of entries that name no frame, and unmaps by a size
# that wraps around: refused, and nothing behind the root table is taken for a part of it.
        .equ    SYS_exit, 93
        .equ    SYS_munmap, 215
        .equ    SYS_mremap, 216
        .equ    SYS_mmap2, 222
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    PLACE, 0x60000000
        .globl  _start
_start: li      a0, PLACE
        li      a1, 8192
        li      a2, 3                   # PROT_READ | PROT_WRITE
        li      a3, 0x32                # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        li      t0, PLACE
        li      t1, PLACE + 4096
        sw      zero, 0(t0)
        li      t2, 0xfffffc01          # a pointer to the last frame that an entry can name
        li      t3, 512
1:      sw      t2, 0(t1)
        addi    t1, t1, 4
        addi    t3, t3, -1
        bnez    t3, 1b
        li      a0, PLACE
        li      a1, 4096
        li      a7, SYS_munmap
        ecall                           # its frame is the next to be taken: by the child's root table
        li      a7, SYS_fork
        ecall
        bnez    a0, 2f
        li      a0, PLACE + 4096
        li      a1, -4
        li      a2, 0x40
        li      a3, 3                   # MREMAP_MAYMOVE | MREMAP_FIXED
        li      a4, 0x50000000
        li      a7, SYS_mremap
        ecall
        neg     a0, a0                  # EINVAL
        li      a7, SYS_exit
        ecall
2:      li      a0, -1
        la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lbu     a0, status + 1
        li      a7, SYS_exit
        ecall
        .bss
        .balign 4
status: .skip   4
