/* stdio over files: modes, seeking, pushing back, appending, temporary files. */
#include "show.h"

int main(void) {
    char line[40];
    FILE *file = fopen("text", "w+");
    fprintf(file, "first line\nsecond %d\nthird %.3f\n", 2, 3.0);
    rewind(file);
    while (fgets(line, sizeof line, file))
        printf("%ld %s", ftell(file), line);
    SHOW(feof(file) != 0);
    fseek(file, -6, SEEK_END);
    fputs("THIRD!", file);
    fseek(file, 0, SEEK_SET);
    int c = fgetc(file);
    ungetc('F', file);
    printf("%c%c%c\n", c, fgetc(file), fgetc(file));
    fclose(file);
    file = fopen("text", "a+");
    fputs("appended\n", file);
    fseek(file, 6, SEEK_SET);
    SHOW(fread(line, 1, 4, file));
    printf("%.4s\n", line);
    fclose(file);
    show_file("text");
    TRUE(fopen("missing", "r") == NULL);
    TRUE(fopen("text", "wx") == NULL);
    file = freopen("text", "r", stdin);
    int count = 0;
    char word[20];
    while (scanf("%19s", word) == 1)
        count++;
    SHOW(count);
    FILE *temporary = tmpfile();
    fputs("temporary", temporary);
    rewind(temporary);
    printf("%s\n", fgets(line, sizeof line, temporary));
    fclose(temporary);
    char name[] = "name-XXXXXX";
    int fd = mkstemp(name);
    TRUE(fd >= 0 && strlen(name) == 11 && strcmp(name, "name-XXXXXX"));
    char folder[] = "folder-XXXXXX";
    TRUE(mkdtemp(folder) == folder);
    CALL(rmdir(folder));
    char *memory;
    size_t size;
    file = open_memstream(&memory, &size);
    for (int i = 0; i < 1000; i++)
        fprintf(file, "%d,", i);
    fclose(file);
    SHOW(size);
    return 0;
}
