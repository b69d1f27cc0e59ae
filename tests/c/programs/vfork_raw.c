/* The vfork call itself, without a library function around it. */
#include "show.h"

/* Inlined: a function that returned twice would find its return address overwritten. */
__attribute__((always_inline)) static inline long raw_vfork(void) {
#if defined __riscv
    register long number __asm__("a7") = SYS_vfork;
    register long result __asm__("a0");
    __asm__ volatile("ecall" : "=r"(result) : "r"(number) : "memory");
    return result;
#elif defined __x86_64__
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "0"(SYS_vfork) : "rcx", "r11", "memory");
    return result;
#else
    register long number __asm__("x8") = SYS_clone;
    register long result __asm__("x0") = CLONE_VM | CLONE_VFORK | SIGCHLD;
    register long stack __asm__("x1") = 0;
    __asm__ volatile("svc 0" : "+r"(result) : "r"(number), "r"(stack) : "memory");
    return result;
#endif
}

static volatile long seen, child;

int main(void) {
    child = raw_vfork();
    if (child == 0) {
        seen = 77;
        _exit(5);
    }
    SHOW(seen);
    show_end("child", child);
    return 0;
}
