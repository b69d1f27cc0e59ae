/* The parent reads errno, but only after a call of its own has set it.
 *
 * Verdict: clean
 *
 * Exit status: 9
 */
#include <errno.h>
#include <unistd.h>

int main(void)
{
    if (vfork() == 0) {
        execl("/no/such/program", "program", (char *)0);
        _exit(127);
    }
    return close(-1) ? errno : 0;
}
