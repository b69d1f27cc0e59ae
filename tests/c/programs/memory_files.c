/* Private mappings of a file: its bytes, zeros behind the end, writes that stay here. */
#include "show.h"

int main(void) {
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    char text[6000];
    for (int i = 0; i < 6000; i++)
        text[i] = 'a' + i % 26;
    write(fd, text, 6000);
    char *map = mmap(NULL, 6000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    TRUE(!memcmp(map, text, 6000));
    SHOW(map[6000] + map[8191]);
    memcpy(map, "WRITTEN", 7);
    char *second = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 4096);
    TRUE(!memcmp(second, text + 4096, 6000 - 4096));
    CALL(close(fd));
    TRUE(!memcmp(second, text + 4096, 6000 - 4096));
    pid_t child = fork();
    if (child == 0) {
        printf("%.10s\n", map);
        map[0] = 'X';
        _exit(map[1]);
    }
    show_end("child", child);
    printf("%.10s\n", map);
    CALL(unlink("file"));
    TRUE(!memcmp(second, text + 4096, 100));
    CALL(munmap(map, 6000));
    int image = open("prog", O_RDONLY);
    char *head = mmap(NULL, 4096, PROT_READ, MAP_SHARED, image, 0);
    TRUE(head != MAP_FAILED && !memcmp(head, "\177ELF", 4));
    return 0;
}
