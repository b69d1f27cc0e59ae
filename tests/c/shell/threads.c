/* Two threads beside the first, while ps lists them. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
    pause();
    return unused;
}

int main(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, wait_for_ever, NULL))
            return 1;
    if (system("ps -T; ps"))
        return 1;
    _exit(0);
}
