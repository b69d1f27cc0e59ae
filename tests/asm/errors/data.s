# Data, strings, numbers and positions.
        .data
        .byte   256                             # GNU takes it
        .byte   -129                            # GNU takes it
        .half   65536                           # GNU takes it
        .word   0x100000000                     # GNU takes it
        .word   -8 >> 1                         # GNU takes it
        .word   09
        .word   0x
        .word   0b12
        .word   1_000
        .word   12abc
        .word   99999999999999999999999
        .word   1 +
        .word   (1
        .word   1)
        .word   1 2
        .word   1,,2
        .word   ,1
        .word   1,
        .word   "text"                          # ours alone
        .word   @
        .word   1 / 0
        .word   5 % 0
        .word   1 << 64                         # ours alone
        .word   'ab'
        .word   'a                              # GNU takes it
        .word   '
        .ascii  text
        .ascii  'a'
        .ascii  "no end
        .ascii  "\q"                            # GNU takes it
        .ascii  "\400"                          # GNU takes it
        .ascii  "\x"                            # GNU takes it
        .ascii  "a",
        .ascii  "a" b
        .asciz  5
        .zero
        .zero   later
        .fill   later
        .fill   1, -1                           # ours alone
        .align  32
        .balign 3
        .balign 0x100000                        # ours alone
        .p2align 2, later
        .org    0
        .org
        .wrod   1
        .bite   1
        .1byte  1
