# Executes single instructions under qemu-riscv32 and reports what each did.
#
# Standard input: 31 words for x1 to x31, 4096 bytes for the page `data`, then instruction words until its end.
# Each word is executed once at `slot`, with these registers, in front of ebreak. Standard output: 34 words for each,
# taken from the signal that ended it: signal number, si_addr, pc, x1 to x31; at the end the page `data` again.

    .equ SYS_read, 63
    .equ SYS_write, 64
    .equ SYS_exit, 93
    .equ SYS_sigaltstack, 132
    .equ SYS_rt_sigaction, 134
    .equ SIGINFO_ADDRESS, 12            # si_addr in siginfo_t
    .equ UCONTEXT_REGISTERS, 160        # uc_mcontext in ucontext: pc, x1 to x31

    .text
    .globl _start
_start:
    la a0, alternate_stack
    li a1, 0
    li a7, SYS_sigaltstack
    ecall
    li s0, 11
install:                                # every signal from 11 down to 1
    mv a0, s0
    la a1, action
    li a2, 0
    li a3, 8
    li a7, SYS_rt_sigaction
    ecall
    addi s0, s0, -1
    bnez s0, install

    la a1, registers
    li a2, 124
    call read_all
    la a1, data
    li a2, 4096
    call read_all

next:
    la a1, word
    li a2, 4
    call read_all
    beqz a0, finish
    lw t0, word
    la t1, slot
    sw t0, 0(t1)                        # QEMU notices by itself that code was written
    la t0, report
    sc.w zero, zero, (t0)               # no reservation survives from one word to the next
    la x31, registers
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    lw x\n, (\n - 1) * 4(x31)
    .endr
    j slot

handler:                                # never returns to what was interrupted
    la t0, report
    sw a0, 0(t0)
    lw t1, SIGINFO_ADDRESS(a1)
    sw t1, 4(t0)
    addi a2, a2, UCONTEXT_REGISTERS
    addi t0, t0, 8
    li t1, 32
1:  lw t2, 0(a2)
    sw t2, 0(t0)
    addi a2, a2, 4
    addi t0, t0, 4
    addi t1, t1, -1
    bnez t1, 1b
    la a1, report
    li a2, 136
    call write_all
    j next

finish:
    la a1, data
    li a2, 4096
    call write_all
    li a0, 0
    li a7, SYS_exit
    ecall

read_all:                               # a1 address, a2 bytes; a0 is 0 at the end of the input
    li a0, 0
    li a7, SYS_read
    ecall
    blez a0, 1f
    add a1, a1, a0
    sub a2, a2, a0
    bnez a2, read_all
1:  ret

write_all:                              # a1 address, a2 bytes
    li a0, 1
    li a7, SYS_write
    ecall
    add a1, a1, a0
    sub a2, a2, a0
    bnez a2, write_all
    ret

    .data
action:
    .word handler, 0x48000004, 0, 0     # SA_NODEFER, SA_ONSTACK, SA_SIGINFO
alternate_stack:
    .word stack, 0, 65536

    .bss
    .balign 16
stack:
    .space 65536
registers:
    .space 124
word:
    .space 4
report:
    .space 136

    .section .judged, "aw", @nobits
data:
    .space 4096

    .section .slot, "awx", @progbits
slot:
    .rept 1024
    ebreak
    .endr
