# The end of a pipe as standard output is the program's output, which nobody has to close.
# holds: calls = ["dup2"]
# holds: order = ["pipe", "dup2", "close", "write"]
_start: la      a0, word
        sys     pipe2, , 0
        sys     dup3, 4, 1, 0
        sys     close, 4
        say     text
        sys     close, 3
        sys     exit, 0
