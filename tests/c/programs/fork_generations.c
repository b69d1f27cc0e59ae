/* Nested forks: a chain of ten, and a tree whose size is the sum of the statuses. */
#include "show.h"

static int chain(int depth) {
    if (depth == 0)
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(chain(depth - 1));
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) + 1;
}

static int tree(int depth) {
    int size = 1;
    for (int i = 0; i < depth; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(tree(depth - i - 1));
        int status;
        waitpid(child, &status, 0);
        size += WEXITSTATUS(status);
    }
    return size;
}

int main(void) {
    SHOW(chain(10));
    SHOW(tree(5));
    pid_t children = 0;
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            children++;
    int count = children, status;
    while (wait(&status) > 0)
        count += WEXITSTATUS(status);
    return count;
}
