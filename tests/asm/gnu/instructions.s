# Operands that GNU takes and LLVM does not.
x:      call    x + 4
        tail    x + 8
        jump    x + 4, t0
        call    1f
        call    .
        call    x@plt
1:      nop
        nop
