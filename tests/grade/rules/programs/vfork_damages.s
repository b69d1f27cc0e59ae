# A child of vfork that changes what its parent reads.
# breaks: no-vfork-damage, no-hazard
_start: sys     vfork
        beqz    a0, child
        lw      s0, word
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  la      t0, word
        li      t1, 7
        sw      t1, (t0)
        sys     exit, 0
