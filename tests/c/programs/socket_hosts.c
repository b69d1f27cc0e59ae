/* Names of hosts and services, as the C library finds them: localhost, numbers, and what is no name. */
#include "show.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void show_host(const char *name, const char *service, int family, int flags) {
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags}, *found;
    int error = getaddrinfo(name, service, &hints, &found);
    printf("%s, %s: ", name ? name : "nothing", service ? service : "nothing");
    if (error) {
        puts(gai_strerror(error));
        return;
    }
    int shown = 0;
    for (struct addrinfo *each = found; each; each = each->ai_next)
        if (each->ai_family == AF_INET && !shown++) {
            struct sockaddr_in *address = (struct sockaddr_in *)each->ai_addr;
            printf("%s port %d, type %d, protocol %d", inet_ntoa(address->sin_addr), ntohs(address->sin_port),
                   each->ai_socktype, each->ai_protocol);
        }
    puts("");
    freeaddrinfo(found);
}

int main(void) {
    show_host("localhost", "80", AF_INET, 0);
    show_host("localhost", NULL, AF_UNSPEC, 0);
    show_host("localhost", "7", AF_INET, AI_ADDRCONFIG);
    show_host("127.0.0.1", "8080", AF_INET, AI_NUMERICHOST | AI_NUMERICSERV);
    show_host("10.1.2.3", NULL, AF_UNSPEC, 0);
    show_host(NULL, "9", AF_INET, AI_PASSIVE);
    show_host(NULL, "9", AF_INET, 0);
    show_host("localhost", "no number", AF_INET, AI_NUMERICSERV);
    show_host("not numeric", "9", AF_INET, AI_NUMERICHOST);
    struct hostent *host = gethostbyname("localhost");
    printf("%s: %s\n", host ? host->h_name : "?", host ? inet_ntoa(*(struct in_addr *)host->h_addr_list[0]) : "?");
    host = gethostbyname("127.0.0.3");
    printf("%s\n", host ? inet_ntoa(*(struct in_addr *)host->h_addr_list[0]) : "?");
    char name[64], service[16];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(1234)};
    CALL(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr));
    CALL(getnameinfo((struct sockaddr *)&address, sizeof address, name, sizeof name, service, sizeof service,
                     NI_NUMERICHOST | NI_NUMERICSERV));
    printf("%s %s\n", name, service);
    CALL(socket(AF_UNIX + 100, SOCK_STREAM, 0));
    CALL(socket(AF_UNIX, SOCK_RDM, 0));
    CALL(socket(AF_UNIX, SOCK_STREAM, 3));
    CALL(socket(AF_UNIX, SOCK_STREAM | 0x100, 0));
    CALL(socket(-1, SOCK_STREAM, 0));
    return 0;
}
