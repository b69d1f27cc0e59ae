# Copies standard input, or each file named, to standard output.
# The same loop serves a file, a terminal and a pipe: a process sees only a descriptor, whatever is behind it. read
# returns 0 at the end, and write may take fewer bytes than it was offered.
#
# Expected output:
#   fork copies,
#   vfork shares.
# Exit status: 0
# Scheduling: any
# Input:
#   fork copies,
#   vfork shares.

        .equ    SYS_openat, 56
        .equ    SYS_close, 57
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    AT_FDCWD, -100
        .equ    O_RDONLY, 0
        .equ    STDIN, 0
        .equ    STDOUT, 1
        .equ    STDERR, 2
        .equ    BUFFER_SIZE, 4096

        .section .rodata
complaint:
        .ascii  "cat: cannot open a file\n"
        .equ    complaint_length, . - complaint

        .bss
buffer: .skip   BUFFER_SIZE

        .text
        .globl  _start
_start:
        addi    s1, sp, 8               # &argv[1]
        li      s2, 0                   # exit status
        lw      t0, 0(s1)
        bnez    t0, next_file
        li      a0, STDIN
        call    copy
        j       exit

next_file:
        lw      a1, 0(s1)
        beqz    a1, exit
        addi    s1, s1, 4
        li      a0, AT_FDCWD
        li      a2, O_RDONLY
        li      a7, SYS_openat
        ecall
        bltz    a0, cannot_open
        mv      s3, a0
        call    copy
        mv      a0, s3
        li      a7, SYS_close
        ecall
        j       next_file

cannot_open:
        li      s2, 1                   # go on with the other files, but remember
        li      a0, STDERR
        la      a1, complaint
        li      a2, complaint_length
        li      a7, SYS_write
        ecall
        j       next_file

exit:   mv      a0, s2
        li      a7, SYS_exit
        ecall

# copy(a0: descriptor): everything it yields goes to standard output
copy:
        mv      s4, a0
1:      mv      a0, s4
        la      a1, buffer
        li      a2, BUFFER_SIZE
        li      a7, SYS_read
        ecall
        blez    a0, 3f                  # 0 is the end, less is an error
        la      s5, buffer
        add     s6, s5, a0              # one past the last byte read
2:      li      a0, STDOUT
        mv      a1, s5
        sub     a2, s6, s5
        li      a7, SYS_write
        ecall
        bltz    a0, 4f
        add     s5, s5, a0
        bltu    s5, s6, 2b
        j       1b
3:      beqz    a0, 5f
4:      li      s2, 1
5:      ret
