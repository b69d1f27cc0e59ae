/* A server and its clients over sockets of the machine's own loopback. The server names its port, listens, and forks a
 * child for each connection that it accepts; a client says when it has said all by closing one direction, and reads the
 * answer to its end. Nothing of this leaves the machine.
 *
 * Expected output:
 *   client 1: ONE FISH
 *   client 2: TWO FISH
 *   client 3: RED FISH
 *   the server has answered 3 clients
 * Exit status: 0
 * Scheduling: any
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 7777, CLIENTS = 3 };

static struct sockaddr_in address;

/* Answer one client: what it says, in upper case, until it says no more. */
static void serve(int connection)
{
    char text[64];
    ssize_t size;
    while ((size = read(connection, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < size; i++)
            text[i] = (char)toupper(text[i]);
        write(connection, text, (size_t)size);
    }
}

static void ask(int number, const char *question)
{
    char answer[64];
    size_t length = 0;
    ssize_t size;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("connect");
        return;
    }
    write(server, question, strlen(question));
    shutdown(server, SHUT_WR);
    while ((size = read(server, answer + length, sizeof answer - length)) > 0)
        length += (size_t)size;
    close(server);
    printf("client %d: %.*s\n", number, (int)length, answer);
}

int main(void)
{
    const char *questions[CLIENTS] = { "one fish", "two fish", "red fish" };
    int listener = socket(AF_INET, SOCK_STREAM, 0), reuse = 1, answered = 0;
    address.sin_family = AF_INET;
    address.sin_port = htons(PORT);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, CLIENTS) != 0) {
        perror("bind");
        return 1;
    }
    if (fork() == 0) {
        close(listener);
        for (int i = 0; i < CLIENTS; i++)
            ask(i + 1, questions[i]);
        return 0;
    }
    for (int i = 0; i < CLIENTS; i++) {
        int connection = accept(listener, NULL, NULL);
        if (fork() == 0) {
            close(listener);
            serve(connection);
            _exit(0);
        }
        close(connection);
    }
    close(listener);
    int status;
    while (wait(&status) > 0)
        answered += status == 0;
    printf("the server has answered %d clients\n", answered - 1);
    return 0;
}
