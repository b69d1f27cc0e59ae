/* Two threads write two letters each while they hold one mutex, and main joins both of them before it writes a dot.
 *
 * Nobody comes between the letters of one thread: either all of the first come first, or all of the second. Compare
 * threads_two_each.
 *
 * Expected output without newline:
 *   abcd.
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 2
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *write_two(void *letters)
{
    const char *letter = letters;
    pthread_mutex_lock(&lock);
    write(STDOUT_FILENO, letter, 1);
    write(STDOUT_FILENO, letter + 1, 1);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t first, second;
    pthread_create(&first, NULL, write_two, "ab");
    pthread_create(&second, NULL, write_two, "cd");
    pthread_join(first, NULL);
    pthread_join(second, NULL);
    write(STDOUT_FILENO, ".", 1);
    return 0;
}
