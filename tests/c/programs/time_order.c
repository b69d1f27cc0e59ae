/* Sleepers wake in the order of their times, whatever the order of their creation. */
#include "show.h"

int main(void) {
    int delays[] = {240, 80, 320, 0, 160}, ends[2];
    pipe(ends);
    for (int i = 0; i < 5; i++)
        if (fork() == 0) {
            pause_for(delays[i]);
            char name = 'A' + i;
            write(ends[1], &name, 1);
            _exit(0);
        }
    close(ends[1]);
    char order[6] = "";
    for (int i = 0; i < 5; i++)
        read(ends[0], order + i, 1);
    puts(order);
    while (wait(NULL) > 0)
        ;
    return 0;
}
