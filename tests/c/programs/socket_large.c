/* Much more than a buffer holds goes through sockets of each kind, between processes, whole and in order. */
#include "show.h"
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#define TOTAL 600000

static int ends[2];

static void make(int family, int type) {
    if (family == AF_UNIX) {
        socketpair(AF_UNIX, type, 0, ends);
        return;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    bind(server, (struct sockaddr *)&address, size);
    listen(server, 1);
    getsockname(server, (struct sockaddr *)&address, &size);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    connect(ends[0], (struct sockaddr *)&address, size);
    ends[1] = accept(server, NULL, NULL);
    close(server);
}

static unsigned add(unsigned sum, const unsigned char *data, int size) {
    for (int i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    return sum;
}

static void fill(unsigned char *data, int size) {
    for (int i = 0; i < size; i++)
        data[i] = i * 7 + i / 256;
}

static void through(const char *what, int family, int type, int piece) {
    static unsigned char data[TOTAL];
    make(family, type);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        fill(data, TOTAL);
        if (type == SOCK_STREAM) {
            struct iovec parts[3] = {{data, 1}, {data + 1, 300000}, {data + 300001, TOTAL - 300001}};
            _exit(writev(ends[0], parts, 3) != TOTAL);
        }
        for (int done = 0; done < TOTAL; done += piece)
            if (send(ends[0], data + done, piece, 0) != piece)
                _exit(1);
        _exit(0);
    }
    close(ends[0]);
    unsigned sum = 0;
    int total = 0, count, bad = 0;
    while ((count = read(ends[1], data, piece)) > 0) {
        sum = add(sum, data, count);
        total += count;
        bad += type != SOCK_STREAM && count != piece;
        if (type == SOCK_DGRAM && total == TOTAL)
            break;
    }
    fill(data, TOTAL);
    printf("%s: %d bytes, %s, %d of another size\n", what, total, sum == add(0, data, TOTAL) ? "the same" : "others", bad);
    show_end("sender", child);
    close(ends[1]);
}

int main(void) {
    through("unix stream", AF_UNIX, SOCK_STREAM, 5000);
    through("unix stream, small", AF_UNIX, SOCK_STREAM, 100);
    through("unix sequence", AF_UNIX, SOCK_SEQPACKET, 60000);
    through("unix datagram", AF_UNIX, SOCK_DGRAM, 2000);
    through("inet stream", AF_INET, SOCK_STREAM, 5000);
    through("inet stream, large", AF_INET, SOCK_STREAM, 100000);
    puts("from a file");
    make(AF_UNIX, SOCK_STREAM);
    put_file("file", "what sendfile takes out of a file", 0600);
    int file = open("file", O_RDONLY);
    off_t from = 5;
    CALL(syscall(SYS_sendfile, ends[0], file, NULL, 4));
    CALL(sendfile(ends[0], file, &from, 100));
    show_read(ends[1], 100);
    puts("in both directions");
    make(AF_INET, SOCK_STREAM);
    static unsigned char block[50000];
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        for (int i = 0; i < 5; i++) {
            send(ends[0], block, sizeof block, 0);
            recv(ends[0], block, sizeof block, MSG_WAITALL);
        }
        _exit(0);
    }
    close(ends[0]);
    int total = 0, count;
    while ((count = recv(ends[1], block, sizeof block, MSG_WAITALL)) > 0)
        total += count, send(ends[1], block, count, 0);
    SHOW(total);
    show_end("child", child);
    return 0;
}
