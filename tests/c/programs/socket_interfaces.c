/* What ioctl tells of the loopback: its number, name, flags, addresses and sizes, to sockets of both families. */
#include "show.h"
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void ask(int fd, const char *what, unsigned long request, const char *name) {
    struct ifreq asked;
    memset(&asked, 0x5a, sizeof asked);
    strncpy(asked.ifr_name, name, sizeof asked.ifr_name);
    int result = ioctl(fd, request, &asked);
    printf("%s of %s: %d, %s, %.16s", what, name, result, result ? strerror(errno) : "done", asked.ifr_name);
    for (int i = 0; i < 16; i++)
        printf(" %02x", (unsigned char)((char *)&asked)[IFNAMSIZ + i]);
    printf("\n");
}

#define ASK(fd, request) ask(fd, #request, request, "lo"), ask(fd, #request, request, "none0")

static void ask_name(int fd, int number) {
    struct ifreq asked;
    memset(&asked, 0x5a, sizeof asked);
    asked.ifr_ifindex = number;
    int result = ioctl(fd, SIOCGIFNAME, &asked);
    printf("name of %d: %d, %s\n", number, result, result ? strerror(errno) : asked.ifr_name);
}

static void list(int fd) {
    struct ifreq many[64];
    struct ifconf all = {.ifc_len = sizeof many, .ifc_req = many};
    memset(many, 0x5a, sizeof many);
    CALL(ioctl(fd, SIOCGIFCONF, &all));
    int found = 0;
    for (int i = 0; i < all.ifc_len / (int)sizeof *many; i++)
        if (!strcmp(many[i].ifr_name, "lo")) {
            struct sockaddr_in *at = (struct sockaddr_in *)&many[i].ifr_addr;
            printf("listed: %d, %#x, %d\n", at->sin_family, ntohl(at->sin_addr.s_addr), at->sin_port);
            found++;
        }
    printf("listed %d times\n", found);
    all.ifc_len = sizeof *many - 1;
    CALL(ioctl(fd, SIOCGIFCONF, &all));
    printf("without room: %d bytes\n", all.ifc_len);
    all.ifc_len = 0;
    all.ifc_req = NULL;
    CALL(ioctl(fd, SIOCGIFCONF, &all));
    printf("room: %s\n", all.ifc_len > 0 && all.ifc_len % sizeof *many == 0 ? "so many" : "what?");
    CALL(ioctl(fd, SIOCGIFCONF, NULL));
}

static void each(int family, int type) {
    int fd = socket(family, type, 0);
    printf("--- %s, %d\n", family == AF_UNIX ? "unix" : "inet", type);
    ASK(fd, SIOCGIFFLAGS);
    ASK(fd, SIOCGIFADDR);
    ASK(fd, SIOCGIFDSTADDR);
    ASK(fd, SIOCGIFBRDADDR);
    ASK(fd, SIOCGIFNETMASK);
    ASK(fd, SIOCGIFMETRIC);
    ASK(fd, SIOCGIFMTU);
    ASK(fd, SIOCGIFHWADDR);
    ASK(fd, SIOCGIFINDEX);
    ask(fd, "SIOCGIFINDEX", SIOCGIFINDEX, "");
    ask(fd, "SIOCGIFINDEX", SIOCGIFINDEX, "lo:1");
    ask(fd, "SIOCGIFADDR", SIOCGIFADDR, "lo:1");
    ASK(fd, SIOCSIFFLAGS);
    ASK(fd, SIOCSIFADDR);
    ASK(fd, SIOCSIFMTU);
    ask_name(fd, 1);
    ask_name(fd, 0);
    ask_name(fd, 1 << 20);
    list(fd);
    CALL(ioctl(fd, SIOCGIFFLAGS, NULL));
    CALL(ioctl(fd, SIOCSIFFLAGS, NULL));
    CALL(ioctl(fd, 0x8999, NULL));
    ask(fd, "nothing", 0x8999, "lo");
    close(fd);
}

int main(void) {
    char name[IF_NAMESIZE];
    each(AF_INET, SOCK_STREAM);
    each(AF_INET, SOCK_DGRAM);
    each(AF_UNIX, SOCK_STREAM);
    each(AF_UNIX, SOCK_DGRAM);
    printf("%u, %u, %s\n", if_nametoindex("lo"), if_nametoindex("none0"), if_indextoname(1, name));
    return 0;
}
