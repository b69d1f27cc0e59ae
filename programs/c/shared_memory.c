/* A producer and a consumer share memory by name: shm_open and mmap, with a semaphore for each direction.
 *
 * After fork everything else is copied; this page is one, and what one process writes there the other reads.
 *
 * Expected output:
 *   consumed: processes
 *   consumed: share
 *   consumed: memory
 * Exit status: 0
 * Scheduling: any
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct buffer {
    sem_t full, empty;
    char item[32];
};

static struct buffer *map_buffer(int flags)
{
    int object = shm_open("/forklore-buffer", flags, 0600);
    if (object < 0 || ftruncate(object, sizeof(struct buffer)) < 0)
        return NULL;
    void *place = mmap(NULL, sizeof(struct buffer), PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
    close(object);
    return place == MAP_FAILED ? NULL : place;
}

int main(void)
{
    static const char *const items[] = { "processes", "share", "memory" };
    struct buffer *buffer = map_buffer(O_CREAT | O_RDWR);
    if (!buffer)
        return 1;
    sem_init(&buffer->full, 1, 0);
    sem_init(&buffer->empty, 1, 1);
    if (fork() == 0) {
        struct buffer *same = map_buffer(O_RDWR); /* by name, as an unrelated program would */
        for (int i = 0; same && i < 3; i++) {
            sem_wait(&same->full);
            printf("consumed: %s\n", same->item);
            sem_post(&same->empty);
        }
        return 0;
    }
    for (int i = 0; i < 3; i++) {
        sem_wait(&buffer->empty);
        strcpy(buffer->item, items[i]);
        sem_post(&buffer->full);
    }
    wait(NULL);
    shm_unlink("/forklore-buffer");
    return 0;
}
