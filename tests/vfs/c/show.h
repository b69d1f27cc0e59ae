/* What the programs of this folder share: results in words, and files in short. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints a call, its result, and the error when it failed. */
#define SHOW(call) show(#call, (long)(call))

static inline void show(const char *call, long result)
{
    if (result == -1)
        printf("%s = -1 %s\n", call, strerror(errno));
    else
        printf("%s = %ld\n", call, result);
}

/* Prints what a file holds. */
static inline void dump(const char *path)
{
    char data[200];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? -1 : read(fd, data, sizeof data);
    if (size < 0) {
        printf("%s: %s\n", path, strerror(errno));
    } else {
        printf("%s: ", path);
        for (ssize_t i = 0; i < size; i++)
            printf(data[i] >= ' ' && data[i] < 127 ? "%c" : "\\%03o", (unsigned char)data[i]);
        printf("\n");
    }
    if (fd >= 0)
        close(fd);
}

static inline void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        perror(path);
    close(fd);
}
