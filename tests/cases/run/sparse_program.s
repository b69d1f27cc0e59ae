# Executes a file of 200 MiB that is one hole: refused at once, without looking at all of it.
        .equ    SYS_openat, 56
        .equ    SYS_ftruncate64, 46
        .equ    SYS_close, 57
        .equ    SYS_execve, 221
        .equ    SYS_exit, 93
        .globl  _start
_start: li      a0, -100                # AT_FDCWD
        la      a1, name
        li      a2, 0102                # O_RDWR | O_CREAT
        li      a3, 0755
        li      a7, SYS_openat
        ecall
        mv      s0, a0
        li      a1, 200 << 20
        li      a2, 0
        li      a7, SYS_ftruncate64
        ecall
        mv      a0, s0
        li      a7, SYS_close
        ecall
        la      a0, name
        li      a1, 0
        li      a2, 0
        li      a7, SYS_execve
        ecall
        neg     a0, a0                  # ENOEXEC
        li      a7, SYS_exit
        ecall
        .section .rodata
name:   .asciz  "/tmp/hole.s"
