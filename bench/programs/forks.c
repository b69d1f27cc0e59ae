// Two hundred children, one after the other; each executes this program again, which ends at once.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 200 };

int main(int argc, char **argv)
{
    if (argc > 1)
        return atoi(argv[1]);
    int sum = 0;
    for (int i = 0; i < CHILDREN; i++) {
        char number[8];
        int status;
        snprintf(number, sizeof number, "%d", i % 50);
        pid_t child = fork();
        if (child == 0) {
            execl(argv[0], argv[0], number, (char *)0);
            _exit(127);
        }
        if (waitpid(child, &status, 0) != child)
            return 1;
        sum += WEXITSTATUS(status);
    }
    printf("forks %d\n", sum);
    return sum != CHILDREN / 50 * (49 * 50 / 2);
}
