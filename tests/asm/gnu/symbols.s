# Symbols and what is said about them.
        .extern elsewhere, nowhere
        .eqv    sum, number + 1
        .set    number, 4
        .lsym   other, 7
        once == 8
        .word   sum, other, once
        .weak   both
        .globl  both
both:   .nop
        .comm   spaced 8
        .common spaced, 8
        .weakref .Lalias, target
        .word   .Lalias
        .option arch, +m
        .option csr-check
        .option no-csr-check
        .reloc  0, R_RISCV_NONE, sum
        .type   thread, @tls_object
        .func   both
        .endfunc
        .list
        .nolist
        .title  "symbols"
        .sbttl  "of all kinds"
        .psize  60
        .eject
        .gnu_attribute 4, 1
        .variant_cc both
        .linkonce
        .loc_mark_labels 1
        .stabs  "x", 1, 2, 3, 4
        .stabn  1, 2, 3, 4
        .stabd  1, 2, 3
        .print  "assembling"
        .purgem nothing
        .endm
        .endr
        .globl  "my symbol"
        .type   "my symbol", @function
"my symbol":
        j       "my symbol"
        .size   "my symbol", . - "my symbol"
"plain": .word  plain, "my symbol" + 4
