/* vfork and exec; a failure to exec is told through the shared memory. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1) {
        printf("executed %s\n", argv[1]);
        return 9;
    }
    volatile int error = 0;
    for (int i = 0; i < 3; i++) {
        pid_t child = vfork();
        if (child == 0) {
            execl(i == 1 ? "./missing" : "./prog", "prog", "by vfork", (char *)NULL);
            error = errno;
            _exit(127);
        }
        show_end("child", child);
        printf("error %s\n", error ? strerror(error) : "none");
        error = 0;
    }
    return 0;
}
