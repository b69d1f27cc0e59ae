/* A mapped page wholly behind the end of its file is SIGBUS, not SIGSEGV. */
#include "show.h"
#include <setjmp.h>

static sigjmp_buf back;

static void handler(int number, siginfo_t *info, void *context) {
    (void)context;
    printf("signal %d code %d\n", number, info->si_code);
    siglongjmp(back, 1);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    put_file("file", "short", 0600);
    int fd = open("file", O_RDONLY);
    char *map = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    SHOW(map[4095]);
    if (!sigsetjmp(back, 1))
        SHOW(*(volatile char *)(map + 4096));
    int ends[2];
    pipe(ends);
    CALL(write(ends[1], map + 4096, 1));
    signal(SIGBUS, SIG_DFL);
    pid_t child = fork();
    if (child == 0)
        _exit(*(volatile char *)(map + 4096));
    show_end("child", child);
    return 0;
}
