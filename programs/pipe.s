# A producer and a consumer joined by a pipe: each sleeps when it cannot go on, and neither needs to know the other.
# A pipe holds 64 KiB and the child writes 80 KiB, so the child may have to sleep until the parent has read; the parent
# sleeps whenever the pipe is empty. End of file comes when the last write end is closed, which is why the parent must
# close its own: see deadlock.
#
# Expected output:
#   producer: wrote 81920 bytes
#   consumer: read 81920 bytes, then end of file
# Exit status: 0
# Scheduling: any

        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1
        .equ    BLOCK_SIZE, 4096
        .equ    BLOCKS, 20

        .bss
        .balign 4
pipe:   .skip   8                       # read end, write end
block:  .skip   BLOCK_SIZE

        .text
        .globl  _start
_start:
        la      a0, pipe
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      s0, 0                   # s0: bytes that went through this process
        li      a7, SYS_fork
        ecall
        bnez    a0, consumer

        li      s1, BLOCKS
1:      lw      a0, pipe + 4
        la      a1, block
        li      a2, BLOCK_SIZE
        li      a7, SYS_write           # returns when the whole block is in the pipe
        ecall
        add     s0, s0, a0
        addi    s1, s1, -1
        bnez    s1, 1b
        la      a0, wrote               # said before exit closes the write end, so before the consumer's last line
        call    print
        mv      a0, s0
        call    print_number
        la      a0, bytes
        j       last_words

consumer:
        lw      a0, pipe + 4
        li      a7, SYS_close
        ecall
2:      lw      a0, pipe
        la      a1, block
        li      a2, BLOCK_SIZE
        li      a7, SYS_read            # returns what there is, at least a byte; 0 at the end
        ecall
        beqz    a0, 3f
        add     s0, s0, a0
        j       2b
3:      la      a0, read
        call    print
        mv      a0, s0
        call    print_number
        la      a0, bytes_to_the_end

last_words:
        call    print
        li      a0, 0
        li      a7, SYS_exit
        ecall

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
wrote:  .asciz  "producer: wrote "
bytes:  .asciz  " bytes\n"
read:   .asciz  "consumer: read "
bytes_to_the_end:
        .asciz  " bytes, then end of file\n"
