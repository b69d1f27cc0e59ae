/* Where commands come from: a string, a file, or lines that somebody types.
 *
 * Lines are read when they are needed and stay until the command that they belong to is complete, so that what was
 * typed can be shown of a job. Standard input is read byte by byte: what follows a line belongs to the programs that
 * it starts.
 */
#include <fcntl.h>
#include <unistd.h>

enum { TYPED_LINE = 4096, OWN_DESCRIPTOR = 10 };

struct input {
    const char *string;        /* what is left of one; NULL for a file */
    int file, is_terminal;
    char *lines;               /* of the command at hand */
    size_t length, room, at;
    int line;                  /* the number of the one that is read */
    char block[1024];          /* of a file */
    size_t block_length, block_at;
    struct input *outer;
};

enum { END_OF_INPUT = -1 };

static struct input *input;

static const char *prompt(int is_first);
static void echo_line(const char *line, size_t length);
static int type_line(struct input *from, int is_first);

static void append(struct input *to, const char *bytes, size_t length)
{
    if (!length)
        return;
    if (to->room - to->length < length) {
        size_t room = 2 * to->room + length + 64;
        to->lines = checked(realloc(to->lines, room));
        to->room = room;
    }
    memcpy(to->lines + to->length, bytes, length);
    to->length += length;
}

static int next_of_file(struct input *from)
{
    if (from->block_at == from->block_length) {
        size_t wanted = from->file == STDIN_FILENO ? 1 : sizeof from->block;
        ssize_t count = read(from->file, from->block, wanted);
        from->block_length = count > 0 ? (size_t)count : 0;
        from->block_at = 0;
        if (!from->block_length)
            return END_OF_INPUT;
    }
    return (unsigned char)from->block[from->block_at++];
}

/* Append the next line; 0 at the end of input. */
static int read_line(struct input *from)
{
    size_t before = from->length;
    int byte = 0;
    if (from->string) {
        const char *end = strchr(from->string, '\n');
        size_t length = end ? (size_t)(end + 1 - from->string) : strlen(from->string);
        append(from, from->string, length);
        from->string += length;
    } else if (from->is_terminal) {
        if (!type_line(from, !before))
            return 0;
    } else
        while (byte != '\n' && (byte = next_of_file(from)) != END_OF_INPUT)
            if (byte)
                append(from, &(char){ (char)byte }, 1);
    echo_line(from->lines + before, from->length - before);
    return from->length > before;
}

/* The next byte of the script, or END_OF_INPUT. */
static int next_byte(void)
{
    if (input->at == input->length && !read_line(input))
        return END_OF_INPUT;
    unsigned char byte = (unsigned char)input->lines[input->at++];
    input->line += byte == '\n';
    return byte;
}

/* Give the byte back that was read last. */
static void back(int byte)
{
    if (byte == END_OF_INPUT)
        return;
    input->line -= byte == '\n';
    input->at--;
}

/* The next byte behind lines that a backslash joins. */
static int next_joined(void)
{
    int byte;
    while ((byte = next_byte()) == '\\' && input->at < input->length && input->lines[input->at] == '\n')
        next_byte();
    return byte;
}

static void close_input(void *with)
{
    struct input *own = with;
    if (own->file >= OWN_DESCRIPTOR)
        close(own->file);
    free(own->lines);
    input = own->outer;
}

/* Read from another input until the `end` of `undo`. */
static void read_from(struct input *own, struct undo *undo)
{
    own->outer = input;
    own->line = own->line ? own->line : 1;
    input = own;
    begin(undo, close_input, own);
}

/* Forget the lines of commands that are complete. */
static void forget_lines(void)
{
    input->length -= input->at;
    if (input->length)
        memmove(input->lines, input->lines + input->at, input->length);
    input->at = 0;
}
