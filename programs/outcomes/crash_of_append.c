/* The power fails while a file grows: what the next start may find.
 *
 * A file of one block is written anew, with more blocks: the inode, the map of used blocks and the data must reach the
 * disk, which takes all these writes at once and does them in an order of its own. Here each write under way is a
 * process, and the disk a shared memory. What is read when the power fails is what is there then: the inode may list
 * blocks that the map calls free, and blocks that were never written, with what somebody left there. The argument is
 * the number of blocks, 2 without.
 *
 * With the old inode the map and the block may be old or new: 4 outcomes. With the new one the map and each of n
 * blocks may: 2^(n + 1).
 *
 * Expected output:
 *   blocks 1, map old, data o
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 12
 * Outcomes with 4: 36
 * Outcomes with 8: 516
 * Outcomes with 10: 2052
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INODE, MAP, DATA, MOST = 32 };

int main(int argc, char **argv)
{
    int blocks = argc > 1 ? atoi(argv[1]) : 2, all = DATA + blocks;
    volatile int *disk = mmap(NULL, MOST * sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int found[MOST];
    char text[64 + MOST];
    pid_t writes[MOST];
    if (disk == MAP_FAILED || all > MOST)
        return 1;
    for (int i = 0; i < all; i++) {
        writes[i] = fork();
        if (writes[i] == 0) {
            disk[i] = 1; /* new */
            _exit(0);
        }
    }
    for (int i = 0; i < all; i++) /* the power fails */
        found[i] = disk[i];
    int listed = found[INODE] ? blocks : 1;
    int size = snprintf(text, sizeof text, "blocks %d, map %s, data ", listed, found[MAP] ? "new" : "old");
    for (int i = 0; i < listed; i++)
        text[size++] = found[DATA + i] ? 'n' : 'o';
    text[size++] = '\n';
    write(STDOUT_FILENO, text, size);
    for (int i = 0; i < all; i++)
        waitpid(writes[i], NULL, 0);
    return 0;
}
