# Macros, repeats, conditions, includes.
        .macro  put value, other=2
        .word   \value, \othr
        .endm
        put     1
        put     1, 2, 3
        put     othr=5
        .macro  put
        .endm
        .macro  needs first:req
        .word   \first
        .endm
        needs
        .macro
        .endm
        .macro  odd 5
        .endm
        .macro  same a, a
        .endm
        .macro  early a:vararg, b
        .endm
        .exitm
        .endm
        .purgem nothing
        .rept   -1
        .endr
        .rept   later
        .endr
        .endr
        .irp    5, 1
        .endr
        .if
        .endif
        .if     later
        .endif
        .if     1 1
        .endif
        .ifdef
        .endif
        .else
        .elseif 1
        .endif
        .if     1
        .else
        .else
        .elseif 1
        .endif
        .include
        .include "none.s"
        .error  "this configuration is not supported"
        .if     1
        .macro  endless
