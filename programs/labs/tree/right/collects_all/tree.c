/* Waits until wait says that there is nobody left to wait for, and puts each line together in a buffer of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    char buffer[64];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    int node = 1;
    for (int depth = argc > 1 ? atoi(argv[1]) : 0; depth > 0; depth--) {
        int is_child = 0;
        for (int side = 0; side < 2 && !is_child; side++) {
            switch (fork()) {
            case -1:
                perror("tree: fork");
                break;
            case 0:
                node = 2 * node + side;
                is_child = 1;
            }
        }
        if (!is_child)
            break;
    }
    int status, size = 1;
    for (;;) {
        pid_t pid = wait(&status);
        if (pid > 0)
            size += WEXITSTATUS(status);
        else if (errno == ECHILD)
            break;
    }
    printf("%d", node);
    if (argc > 2)
        printf(" of %d", getppid());
    printf("\n");
    exit(size);
}
