/* What is in stdio's buffer when fork is called is written twice, as the textbooks say. */
#include "show.h"

int main(void) {
    static char buffer[1000];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    printf("before ");
    if (fork() == 0) {
        printf("child\n");
        exit(0);
    }
    wait(NULL);
    printf("parent\n");
    fflush(stdout);
    printf("flushed ");
    fflush(stdout);
    if (fork() == 0) {
        printf("lost");
        _exit(0);
    }
    wait(NULL);
    printf("end\n");
    return 0;
}
