/* What the utilities that print have in common: output that cannot be written is a failure, and said. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The exit status: ``status``, or ``failure`` after a message if something of standard output was lost. */
static int finish(int status, int failure)
{
    int was_lost = ferror(stdout), reason = was_lost ? errno : 0;
    if (fflush(stdout) < 0)
        reason = errno;
    else if (!was_lost)
        return status;
    errno = reason;
    if (reason)
        warn("write error");
    else
        warnx("write error");
    return failure;
}

/* Exit if output was lost: nobody needs more of it. */
static inline void check_output(int failure)
{
    if (ferror(stdout))
        exit(finish(failure, failure));
}
