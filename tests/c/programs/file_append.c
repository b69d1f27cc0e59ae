/* O_APPEND: every write goes to the end, wherever the offset was and whoever else wrote. */
#include "show.h"

int main(void) {
    int one = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600), two = open("log", O_WRONLY | O_APPEND);
    int other = open("log", O_RDWR);
    CALL(write(one, "one", 3));
    CALL(write(two, "two", 3));
    CALL(lseek(one, 0, SEEK_CUR));
    CALL(lseek(one, 0, SEEK_SET));
    CALL(write(one, "three", 5));
    CALL(lseek(one, 0, SEEK_CUR));
    CALL(write(other, "ONE", 3));
    CALL(fcntl(other, F_SETFL, O_APPEND));
    CALL(write(other, "four", 4));
    CALL(fcntl(other, F_SETFL, 0));
    CALL(lseek(other, 3, SEEK_SET));
    CALL(write(other, "TWO", 3));
    CALL(pwrite(one, "five", 4, 0));
    show_file("log");
    for (int i = 0; i < 5; i++)
        if (fork() == 0) {
            write(one, "x", 1);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    show_file("log");
    return 0;
}
