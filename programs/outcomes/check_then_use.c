/* What was checked is not what is used: between the two a mailbox becomes a link to the passwords.
 *
 * (TOCTTOU: time of check to time of use.) The mail program delivers to a plain file only, so there are 3 outcomes: in
 * the mailbox, rejected, in the passwords. An open with O_NOFOLLOW, which checks and uses in one call, mends it. The
 * links are made before, so that an attack is one rename. The argument is the number of attackers, 1 without; more of
 * them change nothing.
 *
 * Expected output:
 *   the mail is in the mailbox
 * Exit status: 0
 * Scheduling: depends
 * Outcomes: 3
 * Outcomes with 2: 3
 * Outcomes with 3: 3
 * Outcomes with 4: 3
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAILBOX "/tmp/mailbox"
#define PASSWORDS "/tmp/passwords"

enum { MOST = 8 };

static void make_empty(const char *path)
{
    unlink(path);
    close(open(path, O_CREAT | O_WRONLY, 0600));
}

static void deliver(void)
{
    struct stat status;
    if (lstat(MAILBOX, &status) < 0 || !S_ISREG(status.st_mode))
        _exit(1); /* rejected */
    int mailbox = open(MAILBOX, O_WRONLY);
    write(mailbox, "mail\n", 5);
    _exit(0);
}

int main(int argc, char **argv)
{
    int attackers = argc > 1 ? atoi(argv[1]) : 1, rejected;
    char links[MOST][32];
    pid_t attacks[MOST], mailer;
    struct stat status;
    if (attackers > MOST)
        return 1;
    make_empty(MAILBOX);
    make_empty(PASSWORDS);
    for (int i = 0; i < attackers; i++) {
        snprintf(links[i], sizeof links[i], "/tmp/link%d", i);
        unlink(links[i]);
        symlink(PASSWORDS, links[i]);
    }
    if ((mailer = fork()) == 0)
        deliver();
    for (int i = 0; i < attackers; i++) {
        attacks[i] = fork();
        if (attacks[i] == 0)
            _exit(rename(links[i], MAILBOX) < 0);
    }
    waitpid(mailer, &rejected, 0);
    for (int i = 0; i < attackers; i++)
        waitpid(attacks[i], NULL, 0);
    stat(PASSWORDS, &status);
    dprintf(STDOUT_FILENO, "%s\n",
            rejected ? "rejected" : status.st_size ? "the mail is in the passwords" : "the mail is in the mailbox");
    return 0;
}
