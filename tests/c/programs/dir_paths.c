/* How a path is resolved: dots, slashes, links, loops, lengths. */
#include "show.h"

static void check(const char *path) {
    char shown[30];
    struct stat status;
    snprintf(shown, sizeof shown, "%s", path);
    int result = stat(path, &status);
    printf("[%s] %s%s\n", shown, result ? strerror(errno) : S_ISDIR(status.st_mode) ? "directory" : "file",
           !result && status.st_size == 6 ? ", the six bytes" : "");
}

int main(void) {
    mkdir("a", 0755);
    mkdir("a/b", 0755);
    put_file("a/b/six", "6bytes", 0600);
    symlink("b", "a/relative");
    symlink("../a/b/six", "a/up");
    symlink("six/", "a/b/slashed");
    symlink(".", "a/here");
    symlink("loop2", "loop1");
    symlink("loop1", "loop2");
    check("a/b/six");
    check("a//b/./../b///six");
    check("./a/../a/b/six");
    check("a/b/six/");
    check("a/b/six/.");
    check("a/b/six/..");
    check("a/b/");
    check("a/relative/six");
    check("a/up");
    check("a/up/");
    check("a/b/slashed");
    check("a/here/here/here/b/six");
    check("loop1");
    check("loop1/x");
    check("missing/..");
    check("a/missing/../b");
    check("..");
    check("../../../../../../../../..");
    check("");
    check(" ");
    char chain[20], target[20];
    symlink("a/b/six", "chain0");
    for (int i = 1; i <= 41; i++) {
        sprintf(chain, "chain%d", i);
        sprintf(target, "chain%d", i - 1);
        symlink(target, chain);
    }
    check("chain39");
    check("chain40");
    check("chain41");
    static char path[5000];
    for (int i = 0; i < 2040; i++)
        memcpy(path + 2 * i, "./", 2);
    strcpy(path + 4080, "a/b/six");
    check(path);
    strcpy(path + 4080, "a/./././b/././six");
    check(path);
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    strcpy(page + 4088, "a/b/six");
    check(page + 4088);
    memcpy(page + 4089, "a/b/six", 7);
    CALL(open(page + 4089, O_RDONLY));
    return 0;
}
