/* Memory that is given back all at once: a pool, and text that grows in one.
 *
 * What the parser makes of a command lies in a pool of its own, and goes when the command has been done. What a command
 * needs while it is done, its words above all, lies in `scratch`: who begins something takes a mark, and gives back
 * what came after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024, ALIGNMENT = 8 };

struct chunk {
    struct chunk *before;
    size_t used, room;
    char bytes[];
};

struct pool {
    struct chunk *last;
};

/* A place in a pool: all that is taken later lies behind it. */
struct mark {
    struct chunk *chunk;
    size_t used;
};

static struct pool scratch;

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void *checked(void *memory)
{
    if (!memory)
        fail("Out of space");
    return memory;
}

static void *take(struct pool *pool, size_t size)
{
    struct chunk *chunk = pool->last;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!chunk || chunk->room - chunk->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        chunk = checked(room < size ? NULL : malloc(sizeof *chunk + room));
        *chunk = (struct chunk){ .before = pool->last, .room = room };
        pool->last = chunk;
    }
    chunk->used += size;
    return chunk->bytes + chunk->used - size;
}

static struct mark mark(const struct pool *pool)
{
    return (struct mark){ pool->last, pool->last ? pool->last->used : 0 };
}

static void release(struct pool *pool, struct mark mark)
{
    while (pool->last != mark.chunk) {
        struct chunk *chunk = pool->last;
        pool->last = chunk->before;
        free(chunk);
    }
    if (pool->last)
        pool->last->used = mark.used;
}

static void release_all(struct pool *pool)
{
    release(pool, (struct mark){ NULL, 0 });
}

/* A copy of the first `length` bytes of a string. */
static char *copy_bytes(struct pool *pool, const char *bytes, size_t length)
{
    char *copy = take(pool, length + 1);
    memcpy(copy, bytes, length);
    copy[length] = 0;
    return copy;
}

static char *copy_string(struct pool *pool, const char *string)
{
    return copy_bytes(pool, string, strlen(string));
}

/* Bytes that become more. It ends with a zero byte, which is not counted. */
struct text {
    struct pool *pool;
    char *bytes;
    size_t length, room;
};

static struct text new_text(struct pool *pool)
{
    struct text text = { pool, take(pool, 32), 0, 32 };
    text.bytes[0] = 0;
    return text;
}

static void make_room(struct text *text, size_t more)
{
    if (text->room - text->length > more)
        return;
    size_t room = 2 * text->room + more;
    char *bytes = take(text->pool, room);
    memcpy(bytes, text->bytes, text->length + 1);
    text->bytes = bytes;
    text->room = room;
}

static void add_byte(struct text *text, char byte)
{
    make_room(text, 1);
    text->bytes[text->length++] = byte;
    text->bytes[text->length] = 0;
}

static void add_bytes(struct text *text, const char *bytes, size_t length)
{
    make_room(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = 0;
}

static void add_string(struct text *text, const char *string)
{
    add_bytes(text, string, strlen(string));
}

/* The words of a command, the arguments of a function: strings behind each other, and NULL. */
struct list {
    struct pool *pool;
    char **items;
    int count, room;
};

enum { SPARE = 1 }; /* items before the first, for who puts a word in front */

static struct list new_list(struct pool *pool)
{
    struct list list = { pool, take(pool, 16 * sizeof(char *)), 0, 16 - SPARE };
    list.items += SPARE;
    list.items[0] = NULL;
    return list;
}

static void add_item(struct list *list, char *item)
{
    if (list->count + 1 == list->room) {
        int room = 2 * list->room;
        char **items = (char **)take(list->pool, (size_t)(room + SPARE) * sizeof(char *)) + SPARE;
        memcpy(items, list->items, (size_t)list->count * sizeof(char *));
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
}
