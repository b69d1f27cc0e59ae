/* Two threads write two letters each, and main joins both of them before it writes a dot.
 *
 * Each thread keeps its own order, a before b and c before d, and joins put the dot last: 4!/(2! 2!) mixtures. Compare
 * threads_with_lock.
 *
 * Expected output without newline:
 *   abcd.
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 6
 */
#include <pthread.h>
#include <unistd.h>

static void *write_two(void *letters)
{
    const char *letter = letters;
    write(STDOUT_FILENO, letter, 1);
    write(STDOUT_FILENO, letter + 1, 1);
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
