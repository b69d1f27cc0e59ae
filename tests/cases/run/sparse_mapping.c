/* Maps 1.5 GiB of a file that is one hole, and touches nothing of it: that it succeeds is not promised. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int file = open("hole", O_CREAT | O_RDWR, 0600);
    ftruncate(file, 1LL << 39);
    void *place = mmap(NULL, 3u << 29, PROT_READ, MAP_SHARED, file, 0);
    puts(place == MAP_FAILED ? "refused" : "mapped");
    return 0;
}
