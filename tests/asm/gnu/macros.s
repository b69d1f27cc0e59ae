# Macros as GNU has them and LLVM does not: names in any case, lists without a first comma, the alternate syntax.
        .macro  PUSH reg
        addi    sp, sp, -4
        sw      \reg, 0(sp)
        .endm
        push    a0
        PUSH    a0
        Push    a1
        .purgem PUSH
        .macro  push
        nop
        .endm
        push

        .irp    x
        .word   1\x
        .endr
        .irpc   c,
        .word   2\c
        .endr
        .irp    x 1 2 3
        .word   \x
        .endr
        .irpc   x 123
        .word   \x
        .endr

        .macro  labelled
inside\@: .rept 2
        .word   .
        .endr
        .endm
        labelled
        labelled

        .altmacro
        .macro  evaluated a
        .word   \a, a+1
        .endm
        evaluated %1+2
        .macro  countdown n
        .if     n
        .word   n
        countdown %(n-1)
        .endif
        .endm
        countdown 3
        .macro  loop count
        LOCAL   top, done
        li      t0, count
top:    beqz    t0, done
        addi    t0, t0, -1
        j       top
done:
        .endm
        loop    3
        loop    4
        .macro  joined str
        .balign 4
foo&str: .word 1
str&_b: .word  2
        .endm
        joined  abc
        .irp    x, 1, 2
        .word   x, 0x1
        .endr
        .irpc   c, 1234
        .byte   c
        .endr
        .macro  texts a
        .asciz  "a"
        .asciz  "\a"
        .endm
        texts   <a,b c>
        texts   <!<x!>>
        .noaltmacro
