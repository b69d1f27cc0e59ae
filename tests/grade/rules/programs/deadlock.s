# Somebody waits for bytes that nobody but itself could write; what it has open it had no chance to close.
# breaks: no-deadlock
_start: la      a0, word
        sys     pipe2, , 0
        la      a1, more
        sys     read, 3, , 1
        sys     exit, 0
