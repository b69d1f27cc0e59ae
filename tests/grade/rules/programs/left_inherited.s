# A child that ends with what it has from its parent.
# breaks: no-descriptor-left-open, no-pipe-left-open
# holds: no-pipe-left-open = { inherited = false }
# holds: no-pipe-left-open = { by = "parent" }
# broken: no-pipe-left-open = { by = "children" }
_start: la      a0, word
        sys     pipe2, , 0
        sys     fork
        beqz    a0, child
        sys     close, 3
        sys     close, 4
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  sys     exit, 0
