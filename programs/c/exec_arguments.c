/* exec replaces the program and keeps the process: same pid, new code, new data, the arguments it is given.
 *
 * Expected output:
 *   before: counter 1
 *   after:  counter 0, same process, arguments: one "two words"
 * Exit status: 0
 * Scheduling: any
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int counter;

int main(int argc, char **argv)
{
    if (argc == 4) {
        const char *same = atoi(argv[1]) == getpid() ? "same process" : "another process";
        printf("after:  counter %d, %s, arguments: %s \"%s\"\n", counter, same, argv[2], argv[3]);
        return 0;
    }
    char pid[16];
    counter++;
    printf("before: counter %d\n", counter);
    fflush(stdout); /* what stdio holds back would be lost with the old image */
    snprintf(pid, sizeof pid, "%d", getpid());
    execl("/proc/self/exe", argv[0], pid, "one", "two words", (char *)NULL);
    perror("execl");
    return 1;
}
