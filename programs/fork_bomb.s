# A fork bomb meets its limit: when the process table is full, fork fails with EAGAIN and nothing else breaks.
# The table has 64 slots unless told otherwise; pid 1 and this program take two. In a real bomb the children fork as
# well; here they only wait for the end of a pipe, so that the bomb can be counted and cleared away. A slot is free
# again when its child has been waited for.
#
# Expected output:
#   62 children, then fork failed with error 11
#   waited for 62
#   fork works again
# Exit status: 0
# Scheduling: any

        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .bss
        .balign 4
pipe:   .skip   8                       # read end, write end
byte:   .skip   1

        .text
        .globl  _start
_start:
        la      a0, pipe
        li      a1, 0
        li      a7, SYS_pipe2
        ecall

        li      s0, 0                   # s0: children made
1:      li      a7, SYS_fork
        ecall
        beqz    a0, child
        bltz    a0, 2f
        addi    s0, s0, 1
        j       1b

2:      neg     s1, a0                  # a failed call returns minus the error number
        mv      a0, s0
        call    print_number
        la      a0, then_failed
        mv      a1, s1
        call    print_line

        lw      a0, pipe + 4            # nobody can write any more: the children read end of file
        li      a7, SYS_close
        ecall
        li      s2, 0                   # s2: children waited for
3:      li      a0, -1
        call    wait
        bltz    a0, 4f
        addi    s2, s2, 1
        j       3b

4:      la      a0, waited
        mv      a1, s2
        call    print_line
        li      a7, SYS_fork
        ecall
        beqz    a0, exit
        bltz    a0, exit
        call    wait
        la      a0, works
        call    print
exit:   li      a0, 0
        li      a7, SYS_exit
        ecall

child:
        lw      a0, pipe + 4            # the child's own copy of the write end would keep the pipe open
        li      a7, SYS_close
        ecall
        lw      a0, pipe
        la      a1, byte
        li      a2, 1
        li      a7, SYS_read            # returns when the last write end is closed
        ecall
        j       exit

# wait(a0: pid, or -1 for any child) -> a0: pid of the child that ended, or minus an error number
wait:
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
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
then_failed:
        .asciz  " children, then fork failed with error "
waited: .asciz  "waited for "
works:  .asciz  "fork works again\n"
newline:
        .asciz  "\n"
