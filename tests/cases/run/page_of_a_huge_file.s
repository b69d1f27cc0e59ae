# Maps one page of a file of 15 TiB, shared: memory for all of it cannot be promised.
        .equ    SYS_ftruncate64, 46
        .equ    SYS_openat, 56
        .equ    SYS_exit, 93
        .equ    SYS_mmap2, 222
        .globl  _start
_start: li      a0, -100                # AT_FDCWD
        la      a1, name
        li      a2, 0102                # O_RDWR | O_CREAT
        li      a3, 0600
        li      a7, SYS_openat
        ecall
        mv      s0, a0
        li      a1, 0
        li      a2, 15 << 8             # 15 times 2 to the 40th
        li      a7, SYS_ftruncate64
        ecall
        li      a0, 0
        li      a1, 4096
        li      a2, 3                   # PROT_READ | PROT_WRITE
        li      a3, 1                   # MAP_SHARED
        mv      a4, s0
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        neg     a0, a0                  # ENOMEM
        li      a7, SYS_exit
        ecall
        .section .rodata
name:   .asciz  "/tmp/huge"
