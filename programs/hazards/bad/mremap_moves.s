# The child makes "its" mapping larger, and the kernel moves it: the parent's pointer leads nowhere.
#
# Verdict:
#   error unmapped 34
#
# Exit status: 139

        .equ    SYS_exit, 93
        .equ    SYS_mremap, 216
        .equ    SYS_mmap, 222
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        li      a0, 0
        li      a1, 4096
        li      a2, 3                   # PROT_READ | PROT_WRITE
        li      a3, 0x22                # MAP_PRIVATE | MAP_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap
        ecall
        mv      s0, a0
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        mv      a0, s0
        li      a1, 4096
        li      a2, 65536
        li      a3, 1                   # MREMAP_MAYMOVE
        li      a7, SYS_mremap
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        lw      a0, 0(s0)
        li      a7, SYS_exit
        ecall
