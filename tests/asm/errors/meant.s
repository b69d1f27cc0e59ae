# What other assemblers, other machines and haste write; each is told as by somebody who knows what was meant.
        .text
_start: sw      t0, 2048(a0)
        lw      t0, -2049(sp)
        jalr    ra, 4096(t0)
        jr      $ra
        add     $t0, $t1, $t2
        addi    $sp, $sp, -4
        beq     a0, $zero, _start
        li      $v0, 4
        li      t0, $t1
        lw      t0, 4($sp)
        sb      t2, a1
        lw      t2, a1
        amoadd.w a0, a1, a2
        call    a0
        la      a1, bufer
        li      a0, "0"
        addi    a0, a0, "x"
        add     A0, a0, RA
        ; a comment of another assembler
        addi    a0, a0, 1       ; increment a0
        .asciiz "text"
        .data
buffer: .space  4
        .text
        syscall
        jmp     _start
        subi    a0, a0, 1
        mov     a0, a1
        mov     a0, -5
        shl     a0, a1, 3
        push    ra
        global  _start
        add     a0, a1, a8
        addi    s12, t7, 1
        add     a0, x32, x0
        lw      a0, ($t0)
        lw      a0, 4(r1)
        mv      a0, %eax
        add     a0, a0, %a1
        lb      a0, (label)
        sb      a0, (label)
        bnez    a0, f1
        call    s13
