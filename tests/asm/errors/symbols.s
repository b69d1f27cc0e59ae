# Symbols, sections, and options.
        .text
twice:  nop
twice:  nop
        .set    twice, 5
        .equiv  value, 1
        .equiv  value, 2
        .set    5, 1
        .set    name
        .set    name,
        .set    ., 5
        .equ    loop, loop + 1
        = 5
9lives: nop
        .globl                                  # ours alone
        .globl  5
        .globl  a b
        .weak   soft
        .globl  soft                            # GNU takes it
        .globl  hard
        .local  hard
        .type   twice
        .type   twice, @functoin
        .size   twice
        .comm   buffer
        .comm   buffer, -1
        .comm   buffer, 4, 3
        .comm   twice, 4
        .lcomm  room
        .section
        .section .odd, "aq"
        .section .text, "aw"
        .section .both, "awx"                   # ours alone
        .popsection
        .option rvc
        .option pop
        j       1f
        j       7b
        j       undefined_but_close             # ours alone
undefined_but_clos: nop
        .section .bss
        .word   1                               # ours alone
        nop                                     # ours alone
