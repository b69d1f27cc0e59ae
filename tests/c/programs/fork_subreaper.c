/* Orphans go to the nearest ancestor that asked for them, living or dead; the ones of a core limit of 0 left no core. */
#include "show.h"
#include <sys/prctl.h>

static int told[2], gone[2];

static void say(const char *text) { write(told[1], text, strlen(text) + 1); }

/* An orphan tells whether its new parent is ``wanted``. */
static void orphan(pid_t parent, pid_t wanted) {
    char byte;
    close(gone[1]);
    read(gone[0], &byte, 1);
    while (getppid() == parent)
        sched_yield();
    say(getppid() == wanted ? "the nearest" : "another");
    _exit(5);
}

static void hear(void) {
    char text[20] = "";
    int status = 0;
    read(told[0], text, sizeof text);
    puts(text);
    TRUE(waitpid(-1, &status, 0) > 0);
    SHOW(status);
}

int main(void) {
    int is = 7, status;
    pid_t root = getpid();
    SHOW(prctl(PR_GET_CHILD_SUBREAPER, &is));
    SHOW(is);
    CALL(prctl(PR_GET_CHILD_SUBREAPER, 1));
    SHOW(prctl(PR_SET_CHILD_SUBREAPER, 5));
    SHOW(prctl(PR_GET_CHILD_SUBREAPER, &is));
    SHOW(is);
    pipe(told), pipe(gone);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_GET_CHILD_SUBREAPER, &is);
        SHOW(is); /* it is not inherited */
        fflush(stdout);
        if (fork() == 0) {
            pid_t parent = getpid();
            if (fork() == 0)
                orphan(parent, root);
            _exit(0);
        }
        CALL(wait(NULL) > 0);
        fflush(stdout);
        _exit(3);
    }
    show_end("the child", child);
    close(gone[1]);
    hear();

    /* A zombie whose parent ends is inherited, and announced. */
    signal(SIGCHLD, SIG_DFL);
    child = fork();
    if (child == 0) {
        pid_t zombie = fork();
        if (zombie == 0)
            abort();
        siginfo_t info;
        waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT);
        _exit(4);
    }
    show_end("its parent", child);
    TRUE(wait(&status) > 0);
    SHOW(status);
    SHOW(WCOREDUMP(status));
    CALL(wait(NULL));
    return 0;
}
