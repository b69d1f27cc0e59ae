# An exec that fails does not release the vfork parent: only a successful exec or the child's end does.
# After the failure the child still runs in its parent's memory, so the parent stays suspended. The child reports, gives
# way once to no avail, and exits with the status that shells use for a command they cannot find.
#
# Expected output:
#   child:  exec failed with error 2
#   child:  the parent is still suspended
#   parent: child exited with 127
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_sched_yield, 124
        .equ    SYS_execve, 221
        .equ    SYS_wait4, 260
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1
        .equ    NOT_FOUND, 127

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        la      a0, nowhere
        la      a1, nowhere_argv
        li      a2, 0
        li      a7, SYS_execve
        ecall
        neg     a1, a0
        la      a0, exec_failed
        call    print_line
        li      a7, SYS_sched_yield
        ecall
        la      a0, still_suspended
        call    print
        li      a0, NOT_FOUND
        li      a7, SYS_exit
        ecall

parent:
        addi    sp, sp, -16
        mv      a1, sp                  # wait4 stores the status word here
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lbu     a1, 1(sp)               # its second byte is the exit status
        la      a0, child_exited
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
nowhere_argv:
        .word   nowhere, 0
nowhere:
        .asciz  "nowhere"
exec_failed:
        .asciz  "child:  exec failed with error "
still_suspended:
        .asciz  "child:  the parent is still suspended\n"
child_exited:
        .asciz  "parent: child exited with "
newline:
        .asciz  "\n"
