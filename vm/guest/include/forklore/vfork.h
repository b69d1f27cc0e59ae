/* vfork, declared under every C standard: POSIX has dropped it, so <unistd.h> hides it from a program that asks for
   POSIX alone. A compiler has to know that it returns twice, or it keeps values where the child destroys them. */
#ifndef FORKLORE_VFORK_H
#define FORKLORE_VFORK_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

pid_t vfork(void) __attribute__((__returns_twice__));

#ifdef __cplusplus
}
#endif

#endif
