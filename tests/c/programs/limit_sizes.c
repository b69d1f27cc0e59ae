/* The limits that can be asked for, and set. */
#include "show.h"

int main(void) {
    struct rlimit limit;
    int all[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_NOFILE,
                 RLIMIT_MEMLOCK, RLIMIT_AS};
    for (int i = 0; i < 9; i++) {
        CALL(getrlimit(all[i], &limit));
        TRUE(limit.rlim_cur <= limit.rlim_max);
    }
    limit = (struct rlimit){0, 0};
    CALL(setrlimit(RLIMIT_CORE, &limit));
    limit = (struct rlimit){1, 1};
    CALL(setrlimit(RLIMIT_CORE, &limit));
    getrlimit(RLIMIT_CORE, &limit);
    SHOW(limit.rlim_cur + limit.rlim_max);
    return 0;
}
