# int sum(int *numbers, int count)
.globl sum
.text
sum:
        mv t0 a0
        mv a0 x0
loop:   beq a1 x0 done
        lw t1 0(t0)
        add a0 a0 t1
        addi t0 t0 4
        addi a1 a1 -1
        j loop
done:   ret
