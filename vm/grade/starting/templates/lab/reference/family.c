/* The reference solution: the tests are proved against it, and against mistakes that are made in it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 0;
    for (int number = 1; number <= count; number++) {
        pid_t pid = fork();
        if (pid < 0) {
            perror("fork");
            return 1;
        }
        if (pid == 0) {
            printf("child %d\n", number);
            fflush(stdout);
            _exit(0);
        }
    }
    for (int number = 1; number <= count; number++)
        wait(NULL);
    printf("parent: %d %s\n", count, count == 1 ? "child" : "children");
    return 0;
}
