/* fork in a program with threads: only the caller lives on in the child, but all locks are copied as they are.
 *
 * A thread is just inside the allocator, as any thread may be when another forks. In the child that thread does not
 * exist: nobody will ever unlock, and the first allocation waits for ever. SIGALRM ends that child here. The mend is
 * pthread_atfork: the lock is taken before fork, and let go in both processes after it, so that it is free and what it
 * protects is whole. A C library does this for its own malloc; for your locks you must. Or execute a program at once.
 *
 * Expected output:
 *   parent: a thread holds the lock, fork
 *   parent: the child waited for a lock that nobody holds, and was ended by signal 14
 *   parent: fork again, with pthread_atfork
 *   parent: the child allocated, and ended with 0
 * Exit status: 0
 * Scheduling: any
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char heap[1024];
static size_t used;
static sem_t is_inside, may_leave;

static void *allocate(size_t size, int slowly)
{
    pthread_mutex_lock(&lock);
    void *place = heap + used;
    if (slowly) { /* interrupted in the midst of it */
        sem_post(&is_inside);
        sem_wait(&may_leave);
    }
    used += size;
    pthread_mutex_unlock(&lock);
    return place;
}

static void *work(void *nothing)
{
    allocate(16, 1);
    return nothing;
}

/* Fork, let the child allocate, and return how it ended. */
static int fork_and_allocate(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct itimerval limit = { { 0, 0 }, { 0, 50 * 1000 } };
        setitimer(ITIMER_REAL, &limit, NULL);
        _exit(allocate(16, 0) == NULL);
    }
    waitpid(child, &status, 0);
    return status;
}

static void take_lock(void) { pthread_mutex_lock(&lock); }
static void drop_lock(void) { pthread_mutex_unlock(&lock); }

static void *leave_soon(void *nothing)
{
    sem_post(&may_leave);
    return nothing;
}

int main(void)
{
    pthread_t worker, other;
    sem_init(&is_inside, 0, 0);
    sem_init(&may_leave, 0, 0);

    pthread_create(&worker, NULL, work, NULL);
    sem_wait(&is_inside);
    puts("parent: a thread holds the lock, fork");
    int status = fork_and_allocate();
    printf("parent: the child waited for a lock that nobody holds, and was ended by signal %d\n", WTERMSIG(status));
    sem_post(&may_leave);
    pthread_join(worker, NULL);

    pthread_atfork(take_lock, drop_lock, drop_lock);
    pthread_create(&worker, NULL, work, NULL);
    sem_wait(&is_inside);
    puts("parent: fork again, with pthread_atfork");
    pthread_create(&other, NULL, leave_soon, NULL); /* fork waits until the lock is free */
    status = fork_and_allocate();
    printf("parent: the child allocated, and ended with %d\n", WEXITSTATUS(status));
    pthread_join(worker, NULL);
    pthread_join(other, NULL);
    return 0;
}
