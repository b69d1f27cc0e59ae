/* Eight threads count under a mutex, wait on a condition, have variables of their own, and are joined. */
#include "show.h"
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int count, finished;
static __thread long mine;

static void *work(void *argument)
{
    mine = (long)argument;
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&mutex);
        count++;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    finished++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
    return (void *)(mine * 2);
}

int main(void)
{
    pthread_t threads[8];
    long sum = 0;
    int status;
    for (long i = 0; i < 8; i++)
        if (pthread_create(&threads[i], 0, work, (void *)i))
            return 1;
    pthread_mutex_lock(&mutex);
    while (finished < 8)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 8; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("counted %d, results %ld, mine %ld\n", count, sum, mine);
    fflush(stdout);
    if (fork() == 0) {
        printf("the child has a thread of its number: %d\n", gettid() == getpid());
        return 3;
    }
    wait(&status);
    printf("it ended with %d\n", WEXITSTATUS(status));
    return 0;
}
