# waitid with WNOWAIT looks at a zombie and leaves it there.
# breaks: every-child-waited, no-zombie
_start: sys     fork
        beqz    a0, child
        sys     waitid, 0, 0, 0, 0x1000004
        sys     exit, 0
child:  sys     exit, 0
