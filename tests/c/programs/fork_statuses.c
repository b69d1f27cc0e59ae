/* Every way to end, and what wait says of it. */
#include "show.h"

static int code;
static int with_exit(void) { exit(code); }
static int with_kill(void) { return raise(code); }
static void farewell(void) { printf("atexit\n"); }
static int with_atexit(void) {
    atexit(farewell);
    exit(5);
}
static int with_abort(void) { abort(); }
static int with_quick_exit(void) { quick_exit(6); }
static int with_fault(void) { return *(volatile int *)8; }
static int with_write_to_code(void) {
    *(volatile char *)(uintptr_t)&with_fault = 0;
    return 0;
}

int main(void) {
    int codes[] = {0, 1, 127, 255, 256, 257, -1};
    for (int i = 0; i < 7; i++) {
        code = codes[i];
        in_child("exit", with_exit);
    }
    int signals[] = {SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1, SIGALRM, SIGPIPE};
    for (int i = 0; i < 7; i++) {
        code = signals[i];
        in_child("raise", with_kill);
    }
    in_child("atexit", with_atexit);
    in_child("abort", with_abort);
    in_child("quick_exit", with_quick_exit);
    in_child("null pointer", with_fault);
    in_child("write to code", with_write_to_code);
    return -1;
}
