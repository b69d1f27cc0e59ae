/* Anonymous mappings: zeros, private or shared across fork. */
#include "show.h"

int main(void) {
    enum { SIZE = 64 * 1024 };
    int *private = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    TRUE(private != MAP_FAILED && shared != MAP_FAILED);
    TRUE((uintptr_t)private % 4096 == 0);
    int sum = 0;
    for (int i = 0; i < SIZE / 4; i++)
        sum += private[i] | shared[i];
    SHOW(sum);
    private[0] = shared[0] = 1;
    pid_t child = fork();
    if (child == 0) {
        private[0] = shared[0] = 2;
        shared[5000] = 77;
        pid_t grandchild = fork();
        if (grandchild == 0) {
            shared[1] = shared[0] + 1;
            _exit(0);
        }
        waitpid(grandchild, NULL, 0);
        munmap(shared, SIZE);
        _exit(private[0]);
    }
    show_end("child", child);
    printf("%d %d %d %d\n", private[0], shared[0], shared[1], shared[5000]);
    CALL(munmap(private, SIZE));
    CALL(munmap(shared, SIZE));
    CALL(munmap(shared, SIZE));
    return 0;
}
