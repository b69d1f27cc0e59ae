/* Lists the names in a folder, sorted, without those that begin with a dot.
 *
 * Arguments: /tmp
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static int shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    const char *folder = argc > 1 ? argv[1] : ".";
    int count = scandir(folder, &entries, shown, alphasort);
    if (count < 0) {
        perror(folder);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        puts(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return 0;
}
