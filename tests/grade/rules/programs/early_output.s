# The parent writes before it waits.
# breaks: parent-waits-before-output
_start: sys     fork
        beqz    a0, child
        say     text
        sys     wait4, -1, 0, 0, 0
        sys     exit, 0
child:  say     text
        sys     exit, 0
