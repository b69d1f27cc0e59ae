# An exec that fails returns, and the caller is as it was: the new memory is complete before the old one is given up.
# Each line is one attempt and the number of its error. Afterwards data, heap and stack still hold what they held.
#
# Expected output:
#   no such file (ENOENT): 2
#   a path through a file (ENOTDIR): 20
#   a directory (EACCES): 13
#   no permission to execute (EACCES): 13
#   neither image nor script (ENOEXEC): 8
#   a null pointer for a path (EFAULT): 14
#   too many arguments (E2BIG): 7
#   still here: data 7, heap 7, stack 7
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    SYS_execve, 221
        .equ    STDOUT, 1

        .data
        .balign 4
in_data:
        .word   7

        .text
        .globl  _start
_start:
        li      a0, 0
        li      a7, SYS_brk
        ecall
        mv      s0, a0                  # s0: address of a word in the heap
        addi    a0, a0, 4
        li      a7, SYS_brk
        ecall
        li      t0, 7
        sw      t0, 0(s0)
        addi    sp, sp, -16
        sw      t0, 0(sp)               # the word on the stack

        la      s1, attempts
1:      lw      a0, 4(s1)               # path
        lw      a1, 8(s1)               # argv
        li      a2, 0
        li      a7, SYS_execve
        ecall
        neg     a1, a0
        lw      a0, 0(s1)               # what was attempted
        call    print_line
        addi    s1, s1, 12
        la      t0, attempts_end
        bltu    s1, t0, 1b

        la      a0, data_label
        call    print
        lw      a0, in_data
        call    print_number
        la      a0, heap_label
        call    print
        lw      a0, 0(s0)
        call    print_number
        la      a0, stack_label
        lw      a1, 0(sp)
        call    print_line
        li      a0, 0
        li      a7, SYS_exit
        ecall

# print_line(a0: text that ends in a NUL byte, a1: unsigned number): text, number, newline
print_line:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      a1, 8(sp)
        call    print
        lw      a0, 8(sp)
        call    print_number
        la      a0, newline
        call    print
        lw      ra, 12(sp)
        addi    sp, sp, 16
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
attempts:                               # what, path, argv
        .word   no_file, nowhere, short_argv
        .word   no_directory, through_file, short_argv
        .word   is_directory, root, short_argv
        .word   no_permission, text_file, short_argv
        .word   no_image, not_an_image, short_argv
        .word   no_pointer, 0, short_argv
        .word   too_much, hello, long_argv
attempts_end:

short_argv:
        .word   hello, 0
long_argv:
        .rept   2304                    # one string, so often that it takes more than a quarter of the stack's limit
        .word   long_argument
        .endr
        .word   0
long_argument:
        .fill   1023, 1, 'x'
        .byte   0

nowhere:
        .asciz  "nowhere"
through_file:
        .asciz  "alphabet.txt/hello"
root:   .asciz  "/"
text_file:
        .asciz  "alphabet.txt"
not_an_image:
        .asciz  "not_an_image"
hello:  .asciz  "hello"

no_file:
        .asciz  "no such file (ENOENT): "
no_directory:
        .asciz  "a path through a file (ENOTDIR): "
is_directory:
        .asciz  "a directory (EACCES): "
no_permission:
        .asciz  "no permission to execute (EACCES): "
no_image:
        .asciz  "neither image nor script (ENOEXEC): "
no_pointer:
        .asciz  "a null pointer for a path (EFAULT): "
too_much:
        .asciz  "too many arguments (E2BIG): "
data_label:
        .asciz  "still here: data "
heap_label:
        .asciz  ", heap "
stack_label:
        .asciz  ", stack "
newline:
        .asciz  "\n"
