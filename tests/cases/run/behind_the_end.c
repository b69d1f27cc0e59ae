/* What is written behind the end of a mapped file is no part of it: 0 for who maps it next, and for who extends it. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    char byte = 'x';
    int file = open("file", O_CREAT | O_RDWR | O_TRUNC, 0600);
    ftruncate(file, 2048);
    char *bytes = mmap(NULL, 2048, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    bytes[2047] = 'a';
    bytes[2049] = 'b';
    munmap(bytes, 2048);
    bytes = mmap(NULL, 2048, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    printf("%d %d", bytes[2047], bytes[2049]);
    munmap(bytes, 2048);
    ftruncate(file, 4096);
    pread(file, &byte, 1, 2049);
    printf(" %d\n", byte);
    return 0;
}
