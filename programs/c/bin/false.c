/* false: does nothing, without success.
 *
 * Expected output:
 * Exit status: 1
 * Scheduling: any
 */
int main(void)
{
    return 1;
}
