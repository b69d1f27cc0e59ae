/* Children are awaited in any order the parent likes, by pid or by group. */
#include "show.h"

int main(void) {
    pid_t children[5];
    for (int i = 0; i < 5; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(10 + i);
    }
    for (int i = 4; i >= 0; i -= 2)
        show_end("child", children[i]);
    int sum = 0, status;
    while (wait(&status) > 0)
        sum += WEXITSTATUS(status);
    SHOW(sum);
    pid_t group = 0;
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, group);
            _exit(1);
        }
        setpgid(child, group);
        group = group ? group : child;
    }
    pid_t other = fork();
    if (other == 0)
        _exit(2);
    int count = 0;
    while (waitpid(-group, &status, 0) > 0)
        count += WEXITSTATUS(status);
    SHOW(count);
    CALL(waitpid(-group, &status, 0));
    TRUE(waitpid(0, &status, 0) == other);
    return count;
}
