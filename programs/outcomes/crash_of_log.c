/* With a log several blocks change together or not at all, wherever the power fails.
 *
 * They are written to the log first. When all are there the log's head is written, one block, which decides. Then they
 * are written home, and the head is cleared. After a failure the blocks that the head names are copied home again. The
 * disk does what it was given in any order, but for barriers between these steps. Here each write under way is a
 * process, the disk a shared memory, and the power a process that fails at any time. The arguments are the number of
 * blocks, 2 without, and "bare" for the same without a log, where each block may be old or new.
 *
 * Expected output:
 *   oo
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 2
 * Outcomes with 4: 2
 * Outcomes with 8: 2
 * Outcomes with 10: 2
 * Outcomes with 2 bare: 4
 * Outcomes with 4 bare: 16
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 16 };

struct disk {
    int head; /* how many blocks of the log are to be copied home */
    int log[MOST], home[MOST];
};

static volatile struct disk *disk;
static volatile int *failed;
static pid_t under_way[MOST];
static int pending;

/* Give the disk a write, which it does when it likes. */
static void start_write(volatile int *block, int value)
{
    pid_t child = fork();
    if (child == 0) {
        *block = value;
        _exit(0);
    }
    under_way[pending++] = child;
}

/* Copy the disk as it is now, block by block. */
static struct disk read_all(void)
{
    struct disk found;
    for (size_t i = 0; i < sizeof found / sizeof(int); i++)
        ((int *)&found)[i] = ((volatile int *)disk)[i];
    return found;
}

/* What the next start makes of the disk, in one line: o for an old block, n for a new one. */
static void recover(int blocks)
{
    struct disk found = read_all();
    char text[MOST + 1];
    for (int i = 0; i < found.head; i++)
        found.home[i] = found.log[i];
    for (int i = 0; i < blocks; i++)
        text[i] = found.home[i] ? 'n' : 'o';
    text[blocks] = '\n';
    write(STDOUT_FILENO, text, blocks + 1);
    exit(0);
}

/* A barrier: wait until the disk has done all; unless the power fails before. */
static void barrier(int blocks)
{
    if (*failed)
        recover(blocks);
    while (pending > 0)
        waitpid(under_way[--pending], NULL, 0);
}

int main(int argc, char **argv)
{
    int blocks = argc > 1 ? atoi(argv[1]) : 2, bare = argc > 2 && strcmp(argv[2], "bare") == 0;
    disk = mmap(NULL, 2 * sizeof *disk, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (disk == MAP_FAILED || blocks > MOST)
        return 1;
    failed = (int *)(disk + 1);
    if (fork() == 0) {
        *failed = 1;
        _exit(0);
    }
    if (!bare) {
        for (int i = 0; i < blocks; i++)
            start_write(&disk->log[i], 1);
        barrier(blocks);
        start_write(&disk->head, blocks);
        barrier(blocks);
    }
    for (int i = 0; i < blocks; i++)
        start_write(&disk->home[i], 1);
    barrier(blocks);
    if (!bare) {
        start_write(&disk->head, 0);
        barrier(blocks);
    }
    recover(blocks);
}
