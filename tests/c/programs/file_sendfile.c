/* sendfile: from a file to a file or a pipe, with an offset of its own or the file's. */
#include "show.h"
#include <sys/sendfile.h>

int main(void) {
    put_file("from", "abcdefghijklmnopqrstuvwxyz", 0600);
    int from = open("from", O_RDWR), to = open("to", O_RDWR | O_CREAT, 0600), ends[2];
    off_t offset = 3;
    CALL(sendfile(to, from, NULL, 5));
    CALL(lseek(from, 0, SEEK_CUR));
    CALL(sendfile(to, from, &offset, 4));
    SHOW(offset);
    CALL(lseek(from, 0, SEEK_CUR));
    CALL(sendfile(to, from, NULL, 100));
    CALL(sendfile(to, from, NULL, 100));
    show_file("to");
    pipe2(ends, O_NONBLOCK);
    offset = 20;
    CALL(sendfile(ends[1], from, &offset, 100));
    SHOW(offset);
    show_read(ends[0], 100);
    CALL(sendfile(to, ends[0], NULL, 10));
    CALL(sendfile(ends[0], from, NULL, 10));
    CALL(sendfile(99, from, NULL, 10));
    CALL(sendfile(to, 99, NULL, 10));
    offset = -1;
    CALL(sendfile(to, from, &offset, 10));
    CALL(syscall(SYS_sendfile, to, from, (void *)8, 10));
    int reader = open("to", O_RDONLY), appending = open("to", O_WRONLY | O_APPEND);
    CALL(sendfile(reader, from, NULL, 10));
    lseek(from, 0, SEEK_SET);
    CALL(sendfile(appending, from, NULL, 10));
    CALL(sendfile(to, from, NULL, 0));
    return 0;
}
