/* A family of processes that fork, vfork, spawn, write, map, exec, kill and die at random. Pages use their first words.
 *
 * Arguments: a seed, how many steps the first process takes. Every process knows the sum of its own pages, and looks at
 * the end whether they still hold it: what another process writes must not arrive. The exit status is 0, or 99 where
 * that was found wrong by anybody in the family.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, DATA = 24, HEAP = 1100, USED = 4, KIN = 16, DEEPEST = 3, WRONG = 99 };

static uint32_t data[DATA * PAGE / 4];
static uint32_t *heap;
static uint32_t sum;
static uint32_t state;
static pid_t kin[KIN];
static int wrong;
static char *self;
extern char **environ;

static uint32_t chance(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

static uint32_t *somewhere(void)
{
    uint32_t page = chance(DATA + HEAP), word = chance(USED);
    return page < DATA ? &data[page * (PAGE / 4) + word] : &heap[(page - DATA) * (PAGE / 4) + word];
}

static void change(void)
{
    for (uint32_t count = chance(8) + 1; count; count--) {
        uint32_t *place = somewhere(), value = chance(UINT32_MAX);
        sum += value - *place;
        *place = value;
    }
}

static uint32_t found_sum(void)
{
    uint32_t found = 0;
    for (uint32_t page = 0; page < DATA + HEAP; page++)
        for (uint32_t word = 0; word < USED; word++)
            found += page < DATA ? data[page * (PAGE / 4) + word] : heap[(page - DATA) * (PAGE / 4) + word];
    return found;
}

static uint32_t deep(uint32_t levels)
{
    volatile uint32_t frame[600];
    for (uint32_t index = 0; index < 600; index += 100)
        frame[index] = levels;
    return levels ? deep(levels - 1) + frame[chance(6) * 100] - levels : 0;
}

static void collect(int options)
{
    int status;
    pid_t pid = waitpid(-1, &status, options);
    for (int index = 0; pid > 0 && index < KIN; index++)
        if (kin[index] == pid)
            kin[index] = 0;
    if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == WRONG)
        wrong = 1;
}

static void keep(pid_t pid)
{
    for (int index = 0; pid > 0 && index < KIN; index++)
        if (!kin[index]) {
            kin[index] = pid;
            return;
        }
}

static void map(void)
{
    size_t size = (chance(40) + 1) * PAGE;
    char *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
        return;
    for (size_t offset = 0; offset < size; offset += PAGE)
        place[offset] = (char)chance(256);
    if (chance(2))
        mprotect(place, size, PROT_READ);
    if (chance(4))
        munmap(place, size);
}

static void finish(void)
{
    for (int left = KIN; left; left--)
        collect(WNOHANG);
    if (found_sum() != sum)
        wrong = 1;
    _exit(wrong ? WRONG : (int)chance(50));
}

static void live(uint32_t steps, int depth);

static void child(int depth)
{
    char *arguments[] = { self, "child", NULL };
    memset(kin, 0, sizeof kin);
    state += getpid();
    change();
    switch (chance(7)) {
    case 0:
        execv(self, arguments);
        _exit(1);
    case 1:
        *(volatile char *)16 = 1; /* dies */
        break;
    case 2:
        raise(chance(2) ? SIGKILL : SIGABRT);
        break;
    case 3:
        _exit(0);
    default:
        live(chance(12), depth + 1);
    }
    finish();
}

static void create(int depth)
{
    char *arguments[] = { self, "child", NULL };
    pid_t pid = -1;
    if (chance(3) || depth >= DEEPEST) {
        if (chance(2)) {
            pid = vfork();
            if (pid == 0) {
                if (state & 1)
                    execv(self, arguments);
                _exit(1);
            }
        } else if (posix_spawn(&pid, self, NULL, NULL, arguments, environ)) {
            pid = -1;
        }
    } else {
        pid = fork();
        if (pid == 0)
            child(depth);
    }
    keep(pid);
}

static void live(uint32_t steps, int depth)
{
    while (steps--)
        switch (chance(10)) {
        case 0: case 1: case 2:
            create(depth);
            break;
        case 3: case 4:
            collect(chance(2) ? WNOHANG : 0);
            break;
        case 5:
            map();
            break;
        case 6:
            if (deep(chance(30)) == UINT32_MAX)
                wrong = 1;
            break;
        case 7:
            if (kin[steps % KIN] && chance(3) == 0)
                kill(kin[steps % KIN], SIGKILL);
            break;
        default:
            change();
        }
}

int main(int count, char **arguments)
{
    self = arguments[0];
    if (count == 2)
        return arguments[1][0] != 'c';
    heap = mmap(NULL, HEAP * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (heap == MAP_FAILED)
        return 1;
    state = (uint32_t)strtoul(arguments[1], NULL, 10) * 2654435761u | 1;
    live((uint32_t)strtoul(arguments[2], NULL, 10), 0);
    while (waitpid(-1, NULL, WNOHANG) >= 0)
        collect(0);
    if (found_sum() != sum)
        wrong = 1;
    printf("%u\n", sum);
    return wrong ? WRONG : 0;
}
