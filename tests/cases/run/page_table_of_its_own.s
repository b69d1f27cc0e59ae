# Makes a page of its parent's into a page table of its own, by freeing it with a size that wraps around, and lets the
# parent write entries that name frames behind physical memory: the child finds nothing there to print.
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_sched_yield, 124
        .equ    SYS_munmap, 215
        .equ    SYS_mremap, 216
        .equ    SYS_mmap2, 222
        .equ    SYS_fork, 1079
        .equ    TABLE, 10                       # the frame of the page that becomes a table
        .equ    PLACE, 0x60000000               # three pages in neighbouring frames
        .equ    NEW, 0x50000000                 # what the child maps
        .equ    OUTSIDE, 0x10000 + 0x4000       # 64 MiB behind the end of physical memory
        .globl  _start
_start: li      a0, PLACE
        li      a1, 3 * 4096
        call    map
        li      s0, PLACE
        li      s1, PLACE + 4096
        li      s2, PLACE + 8192
        sw      zero, 0(s0)
        sw      zero, 0(s1)
        sw      zero, 0(s2)
        li      t0, TABLE << 10 | 1             # an entry of what will lie behind the child's root table
        sw      t0, 4 * 300(s1)
        sw      t0, 4(s2)
        mv      a0, s0
        li      a1, 4096
        li      a7, SYS_munmap
        ecall
        li      a7, SYS_fork
        ecall
        bnez    a0, parent
        li      a0, PLACE + 4096
        li      a1, -4
        li      a2, 0x40
        li      a3, 3                           # MREMAP_MAYMOVE | MREMAP_FIXED
        li      a4, 0x58000000
        li      a7, SYS_mremap
        ecall
        li      a0, NEW
        li      a1, 16 << 22
        call    map
        li      s3, 16
        li      s4, NEW
        li      s6, 1 << 22
1:      sw      s4, 0(s4)                       # takes a page table and a page
        add     s4, s4, s6
        addi    s3, s3, -1
        bnez    s3, 1b
        li      s5, 300
        call    wait
        li      s3, 16
        li      s4, NEW + 4096 * 700
2:      lw      t0, 0(s4)
        beqz    t0, 3f
        li      a0, 1
        mv      a1, s4
        li      a2, 4096
        li      a7, SYS_write
        ecall
3:      add     s4, s4, s6
        addi    s3, s3, -1
        bnez    s3, 2b
        li      a0, 7
        li      a7, SYS_exit
        ecall

parent: li      s5, 100
        call    wait
        li      t0, OUTSIDE << 10 | 0xd7
        li      t1, 4 * 700
        add     t1, t1, s2
        sw      t0, 0(t1)
        li      s5, 400
        call    wait
        li      a0, 8
        li      a7, SYS_exit
        ecall

# Maps a1 bytes at a0, where it is told to.
map:    li      a2, 3                           # PROT_READ | PROT_WRITE
        li      a3, 0x32                        # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        ret

# Lets the other one run, s5 times.
wait:   li      a7, SYS_sched_yield
        ecall
        addi    s5, s5, -1
        bnez    s5, wait
        ret
