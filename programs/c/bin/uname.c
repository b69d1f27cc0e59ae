/* uname [-a] [-m] [-n] [-o] [-p] [-r] [-s] [-v]: says what the machine and its kernel are; -s unless told.
 *
 * -s: the kernel's name; -n: the machine's; -r: the kernel's release; -v: its version; -m: the kind of machine; -o: the
 * operating system; -a: all of it.
 *
 * Arguments: -s
 * Expected output:
 *   Linux
 * Exit status: 0
 * Scheduling: any
 */
#include <string.h>
#include <sys/utsname.h>

#include "options.h"

int main(int argc, char **argv)
{
    static const char letters[] = "snrvmo";
    struct utsname names;
    char is_wanted[sizeof letters] = { 0 };
    int letter, count = 0;
    while ((letter = next_option(argc, argv, "asnrvmo", "[-a] [-m] [-n] [-o] [-r] [-s] [-v]")) != -1)
        for (size_t i = 0; letters[i]; i++)
            if (letter == 'a' || letter == letters[i])
                is_wanted[i] = 1, count++;
    check_operands(argc, argv, 0, 0);
    if (uname(&names) < 0)
        err(1, "cannot get system name");
    const char *texts[] = { names.sysname, names.nodename, names.release, names.version, names.machine, "GNU/Linux" };
    if (!count)
        is_wanted[0] = 1;
    const char *blank = "";
    for (size_t i = 0; letters[i]; i++)
        if (is_wanted[i]) {
            printf("%s%s", blank, texts[i]);
            blank = " ";
        }
    putchar('\n');
    return finish(0, 1);
}
