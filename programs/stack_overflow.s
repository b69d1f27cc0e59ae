# A recursion without end uses up the stack and dies of SIGSEGV.
# The stack grows by itself: a touch below its lowest page adds pages, down to a limit of 8 MiB. Below the limit lies a
# gap that is never mapped, so the next frame faults instead of overwriting the heap.
#
# Expected output:
#   recursing without end
# Exit status: 139
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, before
        call    print

        call    recurse

        la      a0, after
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

recurse:
        addi    sp, sp, -1024           # a frame with a local array of 1 KiB: about 8000 of them fit
        sw      ra, 1020(sp)            # 139 is 128 + 11, SIGSEGV
        call    recurse
        lw      ra, 1020(sp)
        addi    sp, sp, 1024
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

        .section .rodata
before: .asciz  "recursing without end\n"
after:  .asciz  "still alive\n"
