/* id [-g] [-G] [-n] [-r] [-u]: says whose the process is: its user and its groups, effective ones where they differ.
 *
 * -u, -g: only the user's or the group's number; -G: those of all groups; -n: names and not numbers; -r: the real one.
 *
 * Arguments: -u
 * Expected output:
 *   1000
 * Exit status: 0
 * Scheduling: any
 */
#include <grp.h>
#include <pwd.h>

#include "options.h"

enum { GROUPS = 256 };

static int with_names;

/* A number with the name behind it in parentheses, or the name alone; without a name the number. */
static void print(const char *before, unsigned number, const char *name, int is_long)
{
    if (is_long && name)
        printf("%s%u(%s)", before, number, name);
    else if (with_names && name)
        printf("%s%s", before, name);
    else
        printf("%s%u", before, number);
}

static void print_user(const char *before, uid_t user, int is_long)
{
    const struct passwd *found = getpwuid(user);
    print(before, (unsigned)user, found ? found->pw_name : NULL, is_long);
}

static void print_group(const char *before, gid_t group, int is_long)
{
    const struct group *found = getgrgid(group);
    print(before, (unsigned)group, found ? found->gr_name : NULL, is_long);
}

/* All groups, the effective one first. */
static void print_groups(const char *before, const char *between, int is_long)
{
    gid_t groups[GROUPS];
    int count = getgroups(GROUPS, groups);
    print_group(before, getegid(), is_long);
    for (int i = 0; i < count; i++)
        if (groups[i] != getegid())
            print_group(between, groups[i], is_long);
}

static void print_all(void)
{
    print_user("uid=", getuid(), 1);
    print_group(" gid=", getgid(), 1);
    if (geteuid() != getuid())
        print_user(" euid=", geteuid(), 1);
    if (getegid() != getgid())
        print_group(" egid=", getegid(), 1);
    print_groups(" groups=", ",", 1);
}

int main(int argc, char **argv)
{
    int letter, what = 0, is_real = 0;
    while ((letter = next_option(argc, argv, "gGnru", "[-g] [-G] [-n] [-r] [-u]")) != -1)
        if (letter == 'n')
            with_names = 1;
        else if (letter == 'r')
            is_real = 1;
        else if (what && what != letter)
            errx(1, "cannot print \"only\" of more than one choice");
        else
            what = letter;
    check_operands(argc, argv, 0, 0);
    if (!what && (with_names || is_real))
        errx(1, "cannot print only names or real IDs in default format");
    switch (what) {
    case 'u': print_user("", is_real ? getuid() : geteuid(), 0); break;
    case 'g': print_group("", is_real ? getgid() : getegid(), 0); break;
    case 'G': print_groups("", " ", 0); break;
    default: print_all();
    }
    putchar('\n');
    return finish(0, 1);
}
