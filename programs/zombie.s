# A process that has exited stays in the process table, a zombie, until its parent has taken its status.
# Memory and descriptors are gone; pid and exit status remain, since the parent may ask for them at any later time.
# waitid with WNOWAIT waits for the end without taking the status. kill with signal 0 sends nothing and only tells
# whether the pid exists; 3 is ESRCH, no such process.
#
# Expected output:
#   the child has exited, nobody has waited
#   kill: the pid exists
#   wait4: exit status 5
#   kill: error 3
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_waitid, 95
        .equ    SYS_kill, 129
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    P_PID, 1                # the second argument of waitid is a pid
        .equ    WEXITED, 4
        .equ    WNOWAIT, 0x1000000
        .equ    STDOUT, 1

        .bss
        .balign 4
status: .skip   4

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        mv      s0, a0
        bnez    s0, parent
        li      a0, 5
        li      a7, SYS_exit
        ecall

parent:
        li      a0, P_PID
        mv      a1, s0
        li      a2, 0                   # no details wanted
        li      a3, WEXITED + WNOWAIT
        li      a4, 0
        li      a7, SYS_waitid
        ecall
        la      a0, has_exited
        call    print
        call    look

        mv      a0, s0
        la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lbu     a1, status + 1          # the second byte of a status word is the exit status
        la      a0, exit_status
        call    print_line
        call    look
        li      a0, 0
        li      a7, SYS_exit
        ecall

# look(): says whether the pid in s0 is still in the process table
look:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        mv      a0, s0
        li      a1, 0
        li      a7, SYS_kill
        ecall
        beqz    a0, 1f
        neg     a1, a0
        la      a0, gone
        call    print_line
        j       2f
1:      la      a0, there
        call    print
2:      lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

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
has_exited:
        .asciz  "the child has exited, nobody has waited\n"
there:  .asciz  "kill: the pid exists\n"
gone:   .asciz  "kill: error "
exit_status:
        .asciz  "wait4: exit status "
newline:
        .asciz  "\n"
