/* true: does nothing, with success.
 *
 * Expected output:
 * Exit status: 0
 * Scheduling: any
 */
int main(void)
{
    return 0;
}
