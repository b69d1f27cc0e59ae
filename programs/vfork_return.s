# A vfork child must not return from the function that called vfork: the parent would have nowhere to return to.
# start_child saves its return address on the stack and calls vfork. The child returns and calls another function, whose
# frame lies where start_child's was. When the parent resumes inside start_child and loads its return address, it finds
# the child's, and goes on in code that it never called.
#
# Expected output:
#   main:   calling start_child
#   child:  back in main, calling child_work
#   child:  child_work done, exiting
#   parent: I am in child_work's caller, and I never called it
# Exit status: 1
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      a0, calling
        call    print
        call    start_child             # returns in the child, with 0 ...
        beqz    a0, in_child
        la      a0, parent_continues    # ... and should return here in the parent, with the child's pid
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

in_child:
        la      a0, child_is_back
        call    print
        li      a0, 0                   # child_work's argument; its result is 0, too
        call    child_work
        bnez    a0, astray              # the child gets 0 here; the parent comes with start_child's result
        la      a0, child_is_done
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

astray:
        la      a0, parent_wonders
        call    print
        li      a0, 1
        li      a7, SYS_exit
        ecall

# start_child() -> a0: 0 in the child, the child's pid in the parent
start_child:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        li      a7, SYS_vfork
        ecall
        lw      ra, 12(sp)              # the parent loads what child_work left here
        addi    sp, sp, 16
        ret

# child_work(a0: number) -> a0: the number; it saves its return address as any function does
child_work:
        addi    sp, sp, -16
        sw      ra, 12(sp)
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

        .section .rodata
calling:
        .asciz  "main:   calling start_child\n"
child_is_back:
        .asciz  "child:  back in main, calling child_work\n"
child_is_done:
        .asciz  "child:  child_work done, exiting\n"
parent_continues:
        .asciz  "parent: start_child returned\n"
parent_wonders:
        .asciz  "parent: I am in child_work's caller, and I never called it\n"
