/* vfork suspends one thread. Its neighbour counts on in the memory that the child has borrowed; what it changes there
 * is not put down to the child, which has changed the balance and nothing else.
 *
 * Verdict:
 *   error damage 34 used 41
 *
 * Output:
 *   the neighbour ran on: 1
 *   balance: 7
 *
 * Exit status: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int ticks, enough;
static int balance = 100;

static void *count(void *unused)
{
    while (!enough)
        ticks++;
    return unused;
}

int main(void)
{
    pthread_t neighbour;
    pthread_create(&neighbour, NULL, count, NULL);
    pid_t child = vfork();
    if (child == 0) {
        balance = 7;
        for (int before = ticks; ticks < before + 1000;)
            continue;
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("the neighbour ran on: %d\n", ticks >= 1000);
    printf("balance: %d\n", balance);
    enough = 1;
    pthread_join(neighbour, NULL);
    return 0;
}
