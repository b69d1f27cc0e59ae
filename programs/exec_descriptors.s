# Open descriptors survive exec, unless they were marked close-on-exec.
# The program puts a letter into each of two pipes, the second opened with O_CLOEXEC, and executes itself. A new process
# counts its descriptors from 3, so the second life knows the pipes by number: 3 and 4, 5 and 6. It reads from the
# first; the second is no longer there.
#
# Expected output:
#   first:  two pipes, a letter in each
#   second: descriptor 3 yields 1 byte, an A
#   second: descriptor 5 yields error 9 (EBADF)
# Exit status: 0
# Scheduling: any

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    O_CLOEXEC, 0x80000
        .equ    STDOUT, 1

        .bss
        .balign 4
pipe:   .skip   8                       # read end, write end
letter: .skip   2                       # a letter, and the NUL byte that ends the text

        .text
        .globl  _start
_start:
        lw      t0, 0(sp)               # argc tells the lives apart
        li      t1, 1
        bgtu    t0, t1, second_life

        li      a1, 0
        call    make_pipe_with_letter
        li      a1, O_CLOEXEC
        call    make_pipe_with_letter
        la      a0, first_says
        call    print
        la      a0, name
        la      a1, second_argv
        li      a2, 0
        li      a7, SYS_execve
        ecall
        li      a0, 1                   # reached only if execve failed
        li      a7, SYS_exit
        ecall

second_life:
        li      a0, 3
        call    read_letter
        mv      s0, a0
        la      a0, kept_yields
        call    print
        mv      a0, s0
        call    print_number
        la      a0, bytes_an
        call    print
        la      a0, letter
        call    print
        la      a0, newline
        call    print

        li      a0, 5
        call    read_letter
        neg     s0, a0
        la      a0, closed_yields
        call    print
        mv      a0, s0
        call    print_number
        la      a0, is_ebadf
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

# make_pipe_with_letter(a1: flags for pipe2)
make_pipe_with_letter:
        la      a0, pipe
        li      a7, SYS_pipe2
        ecall
        lw      a0, pipe + 4
        la      a1, letter_a
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

# read_letter(a0: descriptor) -> a0: bytes read, or minus an error number
read_letter:
        la      a1, letter
        li      a2, 1
        li      a7, SYS_read
        ecall
        ret

# print(a0: text that ends in a NUL byte)
print:
        mv      a1, a0
1:      lbu     t0, 0(a0)
        addi    a0, a0, 1
        bnez    t0, 1b
        sub     a2, a0, a1
        addi    a2, a2, -1              # the NUL byte is not part of the text
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        ret

# print_number(a0: unsigned number), in decimal
print_number:
        addi    sp, sp, -16
        addi    a1, sp, 16              # the last digit is known first, so the text grows downwards
        li      t1, 10
1:      remu    t0, a0, t1
        divu    a0, a0, t1
        addi    t0, t0, '0'
        addi    a1, a1, -1
        sb      t0, 0(a1)
        bnez    a0, 1b
        addi    sp, sp, 16
        sub     a2, sp, a1
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
        .balign 4
second_argv:
        .word   name, again, 0
name:   .asciz  "exec_descriptors"
again:  .asciz  "again"
letter_a:
        .ascii  "A"
first_says:
        .asciz  "first:  two pipes, a letter in each\n"
kept_yields:
        .asciz  "second: descriptor 3 yields "
bytes_an:
        .asciz  " byte, an "
closed_yields:
        .asciz  "second: descriptor 5 yields error "
is_ebadf:
        .asciz  " (EBADF)\n"
newline:
        .asciz  "\n"
