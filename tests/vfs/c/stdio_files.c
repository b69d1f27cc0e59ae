/* stdio over files: modes, positions, temporary files, both ways at once. */
#include "show.h"

static void show_stream(FILE *stream)
{
    char line[100];
    rewind(stream);
    while (fgets(line, sizeof line, stream))
        printf("  %s", line);
    printf("  at %ld, end %d\n", ftell(stream), feof(stream));
}

int main(void)
{
    FILE *file = fopen("notes", "w");
    fprintf(file, "one\ntwo\nthree\n");
    printf("written to %ld\n", ftell(file));
    SHOW(fgetc(file));
    clearerr(file);
    SHOW(fclose(file));
    file = fopen("notes", "a+");
    fputs("four\n", file);
    show_stream(file);
    fseek(file, 0, SEEK_SET);
    fputs("five\n", file);
    show_stream(file);
    fclose(file);
    file = fopen("notes", "r+");
    fseek(file, 4, SEEK_SET);
    fputs("TWO", file);
    fseek(file, -5, SEEK_END);
    printf("%c\n", fgetc(file));
    ungetc('!', file);
    printf("%c %ld\n", fgetc(file), ftell(file));
    show_stream(file);
    SHOW(ftruncate(fileno(file), 7));
    show_stream(file);
    fseek(file, 20, SEEK_SET);
    fputs("far", file);
    fclose(file);
    dump("notes");
    SHOW(fopen("notes", "wx") != NULL);
    SHOW(fopen("missing", "r") != NULL);
    SHOW(fopen(".", "r+") != NULL);
    file = tmpfile();
    fputs("temporary\n", file);
    show_stream(file);
    fclose(file);
    file = freopen("redirected", "w", stderr);
    fprintf(stderr, "to a file\n");
    fflush(stderr);
    dump("redirected");
    SHOW(rename("redirected", "renamed"));
    dump("redirected");
    dump("renamed");
    char name[] = "unique-XXXXXX";
    int fd = mkstemp(name);
    struct stat status;
    fstat(fd, &status);
    printf("%o, %zu letters\n", status.st_mode, strlen(name));
    SHOW(remove(name));
    SHOW(remove("renamed"));
    SHOW(remove("renamed"));
    return 0;
}
