/* A thread pool: three workers are made once, and do all the jobs that are put into a queue.
 *
 * The thread that has the jobs waits until none is left undone, looks at the results, gives more, and at last tells the
 * workers to go. Who did which job depends on the schedule, so that is not printed.
 *
 * Expected output:
 *   squares: 0 1 4 9 16 25 36 49 64 81
 *   primes below 100, 200, 300: 25 46 62
 *   13 jobs done by 3 workers
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <stdio.h>

enum { WORKERS = 3, JOBS = 16 };

typedef struct {
    void (*work)(int number, int *result);
    int number, *result;
} job;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t has_jobs, is_idle;
    job jobs[JOBS];
    int first, count, undone, done, closed;
} pool = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER };

static void give(void (*work)(int, int *), int number, int *result)
{
    pthread_mutex_lock(&pool.lock);
    pool.jobs[(pool.first + pool.count++) % JOBS] = (job){ work, number, result };
    pool.undone++;
    pthread_cond_signal(&pool.has_jobs);
    pthread_mutex_unlock(&pool.lock);
}

static void await_all(void)
{
    pthread_mutex_lock(&pool.lock);
    while (pool.undone)
        pthread_cond_wait(&pool.is_idle, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

static void *serve(void *nothing)
{
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        while (!pool.count && !pool.closed)
            pthread_cond_wait(&pool.has_jobs, &pool.lock);
        if (!pool.count)
            break;
        job next = pool.jobs[pool.first];
        pool.first = (pool.first + 1) % JOBS;
        pool.count--;
        pthread_mutex_unlock(&pool.lock);
        next.work(next.number, next.result); /* without the lock: this is what the others wait for */
        pthread_mutex_lock(&pool.lock);
        pool.done++;
        if (--pool.undone == 0)
            pthread_cond_signal(&pool.is_idle);
    }
    pthread_mutex_unlock(&pool.lock);
    return nothing;
}

static void square(int number, int *result)
{
    *result = number * number;
}

static void count_primes(int below, int *result)
{
    for (int candidate = 2; candidate < below; candidate++) {
        int divisor = 2;
        while (divisor * divisor <= candidate && candidate % divisor)
            divisor++;
        *result += divisor * divisor > candidate;
    }
}

int main(void)
{
    pthread_t workers[WORKERS];
    int squares[10], primes[3] = { 0, 0, 0 };
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, serve, NULL);

    for (int i = 0; i < 10; i++)
        give(square, i, &squares[i]);
    await_all();
    printf("squares:");
    for (int i = 0; i < 10; i++)
        printf(" %d", squares[i]);

    for (int i = 0; i < 3; i++)
        give(count_primes, 100 * (i + 1), &primes[i]);
    await_all();
    printf("\nprimes below 100, 200, 300: %d %d %d\n", primes[0], primes[1], primes[2]);

    pthread_mutex_lock(&pool.lock);
    pool.closed = 1;
    pthread_cond_broadcast(&pool.has_jobs);
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    printf("%d jobs done by %d workers\n", pool.done, WORKERS);
    return 0;
}
