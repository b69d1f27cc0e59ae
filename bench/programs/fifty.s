# Fifty processes: a parent, and forty-nine children of which each writes ROUNDS bytes to one pipe that the parent reads.
# Before each byte a child asks who its parent is, and now and then it writes to a page that it has not written to yet.
# Exit status: 0 if the parent read all of them.

    .equ    CHILDREN, 49
    .equ    PAGES, 16
    .ifndef ROUNDS
    .equ    ROUNDS, 6800
    .endif

    .bss
    .balign 4096
pages:  .space  PAGES * 4096
ends:   .space  8
bytes:  .space  4096

    .text
    .globl  _start
_start:
    la      a0, ends
    li      a1, 0
    li      a7, 59                  # pipe2
    ecall
    li      s0, 0                   # number of the child
1:  li      a7, 1079                # fork
    ecall
    beqz    a0, child
    addi    s0, s0, 1
    li      t0, CHILDREN
    bltu    s0, t0, 1b

    la      t0, ends
    lw      s1, 0(t0)
    lw      a0, 4(t0)
    li      a7, 57                  # close
    ecall
    li      s2, 0                   # bytes read
2:  mv      a0, s1
    la      a1, bytes
    li      a2, 4096
    li      a7, 63                  # read
    ecall
    blez    a0, 3f
    add     s2, s2, a0
    j       2b
3:  li      a0, -1
    li      a1, 0
    li      a2, 0
    li      a3, 0
    li      a7, 260                 # wait4
    ecall
    bgtz    a0, 3b
    li      t0, CHILDREN * ROUNDS
    sub     a0, s2, t0
    snez    a0, a0
    li      a7, 93                  # exit
    ecall

child:
    la      t0, ends
    lw      s1, 4(t0)
    li      s2, 0                   # round
4:  li      a7, 173                 # getppid
    ecall
    andi    t0, s2, 63
    bnez    t0, 5f
    srli    t0, s2, 6
    andi    t0, t0, PAGES - 1
    slli    t0, t0, 12
    la      t1, pages
    add     t0, t0, t1
    sw      s2, 0(t0)
5:  mv      a0, s1
    la      a1, bytes
    li      a2, 1
    li      a7, 64                  # write
    ecall
    addi    s2, s2, 1
    li      t0, ROUNDS
    bltu    s2, t0, 4b
    li      a0, 0
    li      a7, 93
    ecall
