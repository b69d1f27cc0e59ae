/* What the utilities that print have in common: output that cannot be written is a failure, and said. */
#include <err.h>
#include <errno.h>
#include <stdio.h>

/* The exit status: ``status``, or ``failure`` after a message if something of standard output was lost. */
static int finish(int status, int failure)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno)
        warn("standard output");
    else
        warnx("standard output: it could not be written");
    return failure;
}
