/* The child fills in a record of its parent's by a function of its own.
 *
 * Verdict:
 *   error damage 20 used 30
 *
 * Output:
 *   job 7 has status 127
 * Exit status: 0
 */
#include <stdio.h>
#include <unistd.h>

struct job {
    int number;
    int status;
};

static void finish(struct job *job, int status)
{
    job->status = status;
}

int main(void)
{
    struct job job = {7, 0};
    if (vfork() == 0) {
        finish(&job, 127);
        _exit(127);
    }
    printf("job %d has status %d\n", job.number, job.status);
    return 0;
}
