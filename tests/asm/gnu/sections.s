# Subsections, structures, and sections described in other ways than LLVM's.
        .text   1
        addi    a0, a0, 1
        .text
        nop
        .subsection 2
        addi    a0, a0, 2
        .data   2
        .word   2
        .data   1
        .word   1, middle - last
middle: .byte   3
        .data
        .word   0
        .pushsection .data, 1
last:   .byte   4
        .popsection
        .pushsection .rodata, 2, "a"
        .word   5
        .popsection
        .word   6
        .previous
        addi    a0, a0, 3

        .struct 4
one:    .space  4
two:    .byte   0
        .align  4
three:
        .offset
zero:   .space  2
        .text
        .word   one, two, three, zero
        .section .number, "2"
        .word   7
        .section .writable, "0x3"
        .word   8
        .section .gone, "ae"
        .word   9
        .data
        .align
        .balign
