/* Calls on sockets that are wrong in two ways: which error comes first. */
#include "show.h"
#include <netinet/in.h>
#include <sys/socket.h>

#define BAD ((void *)8)

static char bytes[70000];

int main(void) {
    int ends[2], pair[2], zero = 0;
    socklen_t negative = -1;
    struct sockaddr_in to = {.sin_family = AF_INET};
    pipe(ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    int unconnected = socket(AF_UNIX, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);

    puts("no socket");
    CALL(accept4(ends[0], NULL, NULL, 7));
    CALL(accept4(99, NULL, NULL, 7));
    CALL(accept4(ends[0], NULL, NULL, 0));
    CALL(connect(ends[0], BAD, 10));
    CALL(connect(ends[0], BAD, -1));
    CALL(connect(99, BAD, 10));
    CALL(connect(ends[0], (struct sockaddr *)&to, sizeof to));
    CALL(bind(ends[0], BAD, 10));
    CALL(sendto(ends[0], BAD, 10, 0, BAD, 10));
    CALL(recvfrom(ends[0], BAD, 10, 0, BAD, BAD));
    CALL(shutdown(ends[0], 7));
    CALL(setsockopt(ends[0], SOL_SOCKET, 999, BAD, -1));

    puts("a level that there is not");
    CALL(setsockopt(unconnected, 77, 1, BAD, 4));
    CALL(setsockopt(unconnected, 77, 1, &zero, -1));
    CALL(getsockopt(unconnected, 77, 1, BAD, &negative));
    CALL(getsockopt(unconnected, SOL_SOCKET, 999, BAD, &negative));
    CALL(setsockopt(unconnected, SOL_SOCKET, 999, BAD, 4));
    CALL(setsockopt(unconnected, SOL_SOCKET, 999, &zero, 2));

    puts("messages");
    CALL(sendto(datagrams, bytes, sizeof bytes, 0, (struct sockaddr *)&to, sizeof to));
    CALL(sendto(datagrams, bytes, sizeof bytes, 0, (struct sockaddr *)&to, 8));
    CALL(sendto(datagrams, BAD, 10, 0, (struct sockaddr *)&to, 8));
    CALL(recv(unconnected, BAD, 3, MSG_ERRQUEUE));
    CALL(recv(datagrams, bytes, 3, MSG_ERRQUEUE));
    CALL(write(pair[0], "abc", 3));
    CALL(recv(pair[1], bytes, 2, MSG_ERRQUEUE));
    return 0;
}
