/* A bank that tells its balance by another program. The child of vfork makes a word of the number, digit by digit, and
 * uses the number up: it is the parent's own, and there is no other. After fork the parent would still have its 100.
 *
 * Expected output:
 *   the balance is 100
 *   30 refused: there is only 0
 * Exit status: 1
 * Scheduling: any
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int balance = 100;

/* The last digits of a text, as many as its number has. */
static char *digits(char *end, int *number)
{
    do {
        *--end = (char)('0' + *number % 10);
        *number /= 10;
    } while (*number > 0);
    return end;
}

static void tell(void)
{
    pid_t child = vfork();
    if (child == 0) {
        char text[12] = "";
        execl("/bin/echo", "echo", "the balance is", digits(text + 11, &balance), NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static void refuse(int amount)
{
    printf("%d refused: there is only %d\n", amount, balance);
    exit(1);
}

int main(void)
{
    tell();
    if (balance < 30)
        refuse(30);
    puts("paid");
    return 0;
}
