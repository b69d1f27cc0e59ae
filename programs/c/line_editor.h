/* Lines from a terminal, with keys to edit them and a history of those before.
 *
 *   left, right, home, end, ^A, ^E   move            backspace, delete, ^U, ^K   delete, to the beginning, to the end
 *   up, down                         the lines before        ^C   give the line up        ^D   the end, in an empty line
 *
 * While a line is read the terminal hands on each byte as it is typed, and shows none: that is done here. Programs that
 * are run in between find it as it was. A line that is longer than the terminal is wide is shown in part.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { HISTORY = 100, LINE_READ = 0, LINE_END = -1, LINE_GIVEN_UP = -2 };
enum { UP = 256, DOWN, RIGHT, LEFT, HOME, LAST, DELETE, NO_KEY };

static char *history[HISTORY]; /* the oldest first */
static int history_count;

/* The line that is edited: `at` is where the cursor stands in its bytes. */
struct edited {
    char *text;
    size_t size, length, at;
    const char *prompt;
    int is_shown; /* not where the terminal had been told not to echo */
};

/* A byte, or -1 at the end of input, or -2 when a signal came first. */
static int read_byte(void)
{
    unsigned char byte;
    ssize_t count = read(STDIN_FILENO, &byte, 1);
    return count == 1 ? byte : count < 0 && errno == EINTR ? -2 : -1;
}

/* A key: a byte, or one of those above that terminals send as ESC [ A, ESC O A or ESC [ 3 ~. */
static int read_key(void)
{
    static const struct { int byte, key; } keys[] = {
        { 'A', UP }, { 'B', DOWN }, { 'C', RIGHT }, { 'D', LEFT }, { 'H', HOME }, { 'F', LAST },
        { '1', HOME }, { '7', HOME }, { '4', LAST }, { '8', LAST }, { '3', DELETE },
    };
    int byte = read_byte(), first;
    if (byte != 27)
        return byte;
    byte = read_byte();
    if (byte != '[' && byte != 'O')
        return byte < 0 ? byte : NO_KEY;
    first = byte = read_byte();
    while ((byte >= '0' && byte <= '9') || byte == ';')
        byte = read_byte();
    if (byte < 0)
        return byte;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].byte == first && (first == byte || byte == '~'))
            return keys[i].key;
    return NO_KEY;
}

static void show(const char *text, size_t length)
{
    while (length) {
        ssize_t count = write(STDERR_FILENO, text, length);
        if (count <= 0)
            return;
        text += count;
        length -= (size_t)count;
    }
}

/* Columns of these bytes: all but the first of a letter in UTF-8 take none. */
static size_t columns(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static size_t before(const struct edited *line, size_t at)
{
    while (at > 0 && ((unsigned char)line->text[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t behind(const struct edited *line, size_t at)
{
    at += at < line->length;
    while (at < line->length && ((unsigned char)line->text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Show the prompt and as much of the line, around the cursor, as there is room for. */
static void redraw(const struct edited *line)
{
    struct winsize window;
    size_t room = 79, from = 0, to = line->length;
    char move[32];
    if (!line->is_shown)
        return;
    if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &window) && window.ws_col > strlen(line->prompt) + 8)
        room = window.ws_col - 1;
    room -= strlen(line->prompt);
    while (columns(line->text + from, line->at - from) > room)
        from = behind(line, from);
    while (columns(line->text + from, to - from) > room)
        to = before(line, to);
    show("\r", 1);
    show(line->prompt, strlen(line->prompt));
    show(line->text + from, to - from);
    show("\033[K", 3);
    size_t back = columns(line->text + line->at, to - line->at);
    if (back)
        show(move, (size_t)snprintf(move, sizeof move, "\033[%dD", (int)back));
}

static void delete(struct edited *line, size_t from, size_t to)
{
    memmove(line->text + from, line->text + to, line->length - to);
    line->length -= to - from;
    line->at = from;
}

static void replace(struct edited *line, const char *text)
{
    line->length = line->at = strnlen(text, line->size - 2);
    memcpy(line->text, text, line->length);
}

static void insert(struct edited *line, char byte)
{
    if (line->length + 2 >= line->size)
        return;
    memmove(line->text + line->at + 1, line->text + line->at, line->length - line->at);
    line->text[line->at++] = byte;
    line->length++;
}

/* What a key does to the line, but for those that end it. */
static void press(struct edited *line, int key)
{
    switch (key) {
    case LEFT: line->at = before(line, line->at); break;
    case RIGHT: line->at = behind(line, line->at); break;
    case HOME: case 1: line->at = 0; break;
    case LAST: case 5: line->at = line->length; break;
    case DELETE: case 4: delete(line, line->at, behind(line, line->at)); break;
    case 8: case 127: delete(line, before(line, line->at), line->at); break;
    case 11: delete(line, line->at, line->length); break;
    case 21: delete(line, 0, line->at); break;
    default:
        if (key >= 32 && key < 256)
            insert(line, (char)key);
    }
}

static void remember(const char *text)
{
    if (!*text || (history_count && !strcmp(history[history_count - 1], text)))
        return;
    if (history_count == HISTORY) {
        free(history[0]);
        memmove(history, history + 1, (HISTORY - 1) * sizeof *history);
        history_count--;
    }
    if ((history[history_count] = strdup(text)))
        history_count++;
}

/* Edit until the line ends; one of the enumeration above. */
static int edit(struct edited *line)
{
    int place = history_count, key;
    char *own = NULL; /* what was typed before the history was looked at */
    redraw(line);
    while ((key = read_key()) >= 0 && key != '\r' && key != '\n' && (key != 4 || line->length)) {
        if (key == UP || key == DOWN) {
            int wanted = place + (key == UP ? -1 : 1);
            if (wanted < 0 || wanted > history_count)
                continue;
            line->text[line->length] = 0;
            if (place == history_count) {
                free(own);
                own = strdup(line->text);
            }
            place = wanted;
            replace(line, place < history_count ? history[place] : own ? own : "");
        } else {
            press(line, key);
            for (int more = key >= 0xc0 && key < 256 ? 1 + (key >= 0xe0) + (key >= 0xf0) : 0; more; more--)
                press(line, read_byte()); /* a letter is shown as a whole */
        }
        redraw(line);
    }
    free(own);
    line->text[line->length] = 0;
    return key == -2 ? LINE_GIVEN_UP : key == '\r' || key == '\n' || line->length ? LINE_READ : LINE_END;
}

/* Read a line from the terminal that is standard input: LINE_READ with a line break at its end, or another of them. */
static int edit_line(const char *prompt, char *text, size_t size)
{
    struct termios usual, raw;
    struct edited line = { .text = text, .size = size, .prompt = prompt };
    if (tcgetattr(STDIN_FILENO, &usual) < 0)
        return LINE_END;
    raw = usual;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    line.is_shown = (usual.c_lflag & ECHO) != 0;
    if (!line.is_shown)
        show(prompt, strlen(prompt));
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    int end = edit(&line);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &usual);
    if (end == LINE_GIVEN_UP && line.is_shown)
        show("^C", 2);
    if (line.is_shown || end != LINE_READ)
        show("\n", 1);
    if (end == LINE_READ) {
        remember(text);
        strcat(text, "\n");
    }
    return end;
}
