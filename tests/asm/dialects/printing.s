# Every service of RARS that prints or counts, with what RARS itself prints for it in printing.out.
        .eqv    EXIT 10
        .eqv    NEWLINE 10
        .macro print (%service, %value)
        li      a0, %value
        li      a7, %service
        ecall
        li      a0, NEWLINE
        li      a7, 11
        ecall
        .end_macro
        .macro print (%service)
        li      a7, %service
        ecall
        li      a0, NEWLINE
        li      a7 11
        ecall
        .end_macro
        .macro count_down (%register)
again:  addi    %register %register -1
        bnez    %register again
        .end_macro
        .data
odd:    .byte   1 2 3
words:
        .word   7:3
        .half   -1
        .word   0x12345678,
                8, -9
text:   .asciz  "text, with # and ; in it"
last:   .word   5
        .text
        print   (1, -17)
        print   1 2147483647
        print   (34, 0xBEEF)
        print   (35, 5)
        print   (36, -1)
        la      a0, text
        print   (4)
        la      t0 words
        lw      a0, 16(t0)
        print   (34)
        lw      a0, last
        print   (1)
        la      a0, words
        print   (34)
        la      a0, last
        print   (34)
        mv      a0, sp
        print   (34)
        mv      a0, gp
        print   (34)
        li      t0, 3
        count_down (t0)
        li      t1 2
        count_down t1
        add     a0 t0 t1
        print   (1)
        li      a0, 0
        li      a1, 42
        li      a7, 40
        ecall
        li      a0, 0
        li      a7, 41
        ecall
        print   (1)
        li      a0, 0
        li      a1, 100
        li      a7, 42
        ecall
        print   (1)
        li      a0, 0
        li      a1, 64
        li      a7, 42
        ecall
        print   (1)
        li      a0, 5
        li      a7, 9
        ecall
        sw      zero, 0(a0)
        print   (34)
        li      a0, 8
        li      a7, 9
        ecall
        print   (34)
        lw      t1, 0x10010004
        mv      a0, t1
        print   (1)
        li      a0 1
        sw      a0 0x10040100 t2
        lw      a0 0x10040100
        print   (1)
        li      a7, EXIT
        ecall
