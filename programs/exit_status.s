# The word that wait4 stores: how a child ended, in sixteen bits.
# Bits 8 to 15 are the exit status, of which only the low eight bits survive: 259 arrives as 3. Bits 0 to 6 are the
# signal that killed the child, 0 if none did. A shell turns the second kind into 128 plus the signal. Bit 7 tells
# whether a core file was written; that depends on the system more than on the child, so it is left out here.
#
# Expected output:
#   exit(0):       0x0000
#   exit(7):       0x0700
#   exit(259):     0x0300
#   SIGTERM (15):  0x000f
#   SIGKILL (9):   0x0009
#   null pointer:  0x000b
# Exit status: 0
# Scheduling: any

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_kill, 129
        .equ    SYS_getpid, 172
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    CORE_WRITTEN, 0x80
        .equ    SIGKILL, 9
        .equ    SIGTERM, 15
        .equ    STDOUT, 1

        .bss
        .balign 4
status: .skip   4

        .text
        .globl  _start
_start:
        la      s0, endings
1:      li      a7, SYS_fork
        ecall
        bnez    a0, 2f
        lw      t0, 4(s0)               # the child does what the table says, and does not come back
        lw      a0, 8(s0)
        jr      t0

2:      la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lw      a0, 0(s0)
        call    print
        lw      a0, status
        andi    a0, a0, ~CORE_WRITTEN
        li      a1, 4
        call    print_hex
        la      a0, newline
        call    print
        addi    s0, s0, 12
        la      t0, endings_end
        bltu    s0, t0, 1b
        li      a0, 0
        li      a7, SYS_exit
        ecall

# by_exit(a0: exit status)
by_exit:
        li      a7, SYS_exit
        ecall

# by_signal(a0: signal): sends it to itself
by_signal:
        mv      a1, a0
        li      a7, SYS_getpid
        ecall
        li      a7, SYS_kill
        ecall

# by_fault(): reads through a null pointer
by_fault:
        lw      t0, 0(zero)

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

# print_hex(a0: number, a1: how many digits, at most 8)
print_hex:
        addi    sp, sp, -16
        mv      a2, a1
        add     a1, sp, a1              # the last digit is known first
1:      andi    t0, a0, 15
        srli    a0, a0, 4
        li      t1, 10
        bltu    t0, t1, 2f
        addi    t0, t0, 'a' - '0' - 10
2:      addi    t0, t0, '0'
        addi    a1, a1, -1
        sb      t0, 0(a1)
        bne     a1, sp, 1b
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        addi    sp, sp, 16
        ret

        .section .rodata
        .balign 4
endings:                                # name, what the child does, its argument
        .word   exit_0, by_exit, 0
        .word   exit_7, by_exit, 7
        .word   exit_259, by_exit, 259
        .word   terminated, by_signal, SIGTERM
        .word   killed, by_signal, SIGKILL
        .word   null_pointer, by_fault, 0
endings_end:
exit_0: .asciz  "exit(0):       0x"
exit_7: .asciz  "exit(7):       0x"
exit_259:
        .asciz  "exit(259):     0x"
terminated:
        .asciz  "SIGTERM (15):  0x"
killed: .asciz  "SIGKILL (9):   0x"
null_pointer:
        .asciz  "null pointer:  0x"
newline:
        .asciz  "\n"
