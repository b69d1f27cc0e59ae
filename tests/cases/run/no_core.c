/* Aborts where no core file may be written, and where one may: the status says which. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    for (int pages = 0; pages < 2; pages++) {
        struct rlimit size = { 4096 * pages, 4096 };
        setrlimit(RLIMIT_CORE, &size);
        int status;
        if (fork() == 0)
            abort();
        wait(&status);
        printf("%d %d %d\n", status, WTERMSIG(status), !!WCOREDUMP(status));
        fflush(stdout);
    }
    return 0;
}
