/* exec keeps the process: its pid, parent, group, directory, umask, limits, name of no account, alarm. */
#include "show.h"

int main(int argc, char **argv) {
    if (argc == 1) {
        mkdir("below", 0755);
        chdir("below");
        umask(0137);
        setpgid(0, 0);
        struct rlimit limit = {40, 50};
        setrlimit(RLIMIT_NOFILE, &limit);
        struct itimerval timer = {{0, 0}, {1000, 0}};
        setitimer(ITIMER_REAL, &timer, NULL);
        char pid[20], parent[20], group[20];
        sprintf(pid, "%d", getpid());
        sprintf(parent, "%d", getppid());
        sprintf(group, "%d", getpgrp());
        execl("../prog", "prog", pid, parent, group, (char *)NULL);
        return 1;
    }
    TRUE(getpid() == atoi(argv[1]));
    TRUE(getppid() == atoi(argv[2]));
    TRUE(getpgrp() == atoi(argv[3]));
    char path[4096];
    getcwd(path, sizeof path);
    puts(strrchr(path, '/'));
    SHOW(umask(0));
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    SHOW(limit.rlim_cur);
    SHOW(limit.rlim_max);
    TRUE(alarm(0) > 900);
    return 0;
}
