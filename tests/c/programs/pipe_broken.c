/* Writing where nobody reads: SIGPIPE, or EPIPE for who ignores it. */
#include "show.h"

static int ends[2];

static int ignoring(void) {
    signal(SIGPIPE, SIG_IGN);
    CALL(write(ends[1], "x", 1));
    return 4;
}

static int dying(void) {
    write(ends[1], "x", 1);
    return 5;
}

static void handler(int number) { printf("signal %d\n", number); }

static int handling(void) {
    signal(SIGPIPE, handler);
    CALL(write(ends[1], "x", 1));
    struct iovec pieces[] = {{"ab", 2}, {"cd", 2}};
    CALL(writev(ends[1], pieces, 2));
    return 6;
}

int main(void) {
    pipe(ends);
    close(ends[0]);
    in_child("ignoring", ignoring);
    in_child("dying", dying);
    in_child("handling", handling);
    return 0;
}
