/* vfork suspends the thread that calls it, not its neighbours: they run on, in the very memory that the child uses.
 *
 * So a vfork child is alone in its process but not in its memory. Here it chooses the program to execute, and before it
 * uses its choice a neighbour of the parent writes to the same place: the child would execute something else, and after
 * it the parent finds a third thing. What a vfork child reads must not be what other threads may write.
 *
 * Expected output:
 *   parent: the program is /bin/first
 *   child:  chose /bin/second, then read /bin/third
 *   parent: the program is /bin/third
 *   parent: the neighbour ran 1000 rounds while its process was "suspended": yes
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char program[16] = "/bin/first", chosen[16], read_back[16];
static _Atomic int asked, answered, rounds, over;

static void *be_busy(void *nothing)
{
    while (!over) {
        rounds++;
        if (asked && !answered) {
            strcpy(program, "/bin/third");
            answered = 1;
        }
        sched_yield();
    }
    return nothing;
}

int main(void)
{
    pthread_t neighbour;
    pthread_create(&neighbour, NULL, be_busy, NULL);
    printf("parent: the program is %s\n", program);

    int before = rounds;
    pid_t child = vfork();
    if (child == 0) {
        strcpy(program, "/bin/second");
        strcpy(chosen, program);
        asked = 1;
        while (!answered || rounds < before + 1000) /* a slow child: nothing holds the neighbour up */
            sched_yield();
        strcpy(read_back, program);
        _exit(0);
    }
    int after = rounds;
    waitpid(child, NULL, 0);
    printf("child:  chose %s, then read %s\n", chosen, read_back);
    printf("parent: the program is %s\n", program);
    printf("parent: the neighbour ran 1000 rounds while its process was \"suspended\": %s\n",
           after - before >= 1000 ? "yes" : "no");
    over = 1;
    pthread_join(neighbour, NULL);
    return 0;
}
