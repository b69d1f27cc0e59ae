/* The child marks "its" descriptor as closed in the job's record. The record is the parent's, whose own descriptor
 * stays open and is now forgotten: a leak, and a write that never happens.
 *
 * Verdict:
 *   error damage 31 used 35
 *
 * Output:
 *   nowhere to write to
 * Exit status: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
    const char *name;
    int output;
    int error;
};

int main(void)
{
    struct job *job = calloc(1, sizeof *job);
    job->name = "job";
    job->output = dup(STDOUT_FILENO);
    job->error = STDERR_FILENO;
    pid_t child = vfork();
    if (child == 0) {
        close(job->output);
        job->output = -1;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    if (job->output < 0)
        puts("nowhere to write to");
    else
        dprintf(job->output, "%s done\n", job->name);
    return 0;
}
