/* system: the shell's status is the command's. The commands are simple: the shells are different ones. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            printf("[%s]\n", argv[i]);
        if (!strcmp(argv[1], "abort"))
            abort();
        return argc;
    }
    SHOW(system(NULL) != 0);
    show_status("exit", system("exit 3"));
    show_status("words", system("./prog one  two three"));
    show_status("blanks", system("   ./prog x "));
    show_status("nothing", system(""));
    dup2(open("/dev/null", O_WRONLY), 2);
    show_status("missing", system("./does-not-exist"));
    int status = system("./prog abort");
    TRUE((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) || WEXITSTATUS(status) == 128 + SIGABRT);
    struct sigaction action;
    sigaction(SIGINT, NULL, &action);
    TRUE(action.sa_handler == SIG_DFL);
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    SHOW(sigismember(&set, SIGCHLD));
    CALL(wait(NULL));
    return 0;
}
