/* statfs and statvfs: the relations that hold everywhere. */
#include "show.h"
#include <sys/statvfs.h>
#include <sys/vfs.h>

int main(void) {
    struct statfs status;
    struct statvfs other;
    CALL(statfs(".", &status));
    TRUE(status.f_bsize > 0);
    TRUE(status.f_bfree <= status.f_blocks);
    TRUE(status.f_bavail <= status.f_bfree);
    TRUE(status.f_namelen == 255);
    CALL(fstatfs(open(".", O_RDONLY), &status));
    CALL(statfs("missing", &status));
    CALL(statfs("prog/x", &status));
    CALL(fstatfs(99, &status));
    CALL(statvfs(".", &other));
    SHOW(other.f_namemax);
    SHOW(pathconf(".", _PC_NAME_MAX));
    SHOW(fpathconf(0, _PC_PIPE_BUF));
    int ends[2];
    pipe(ends);
    CALL(fstatfs(ends[0], &status));
    SHOW(status.f_type);
    return 0;
}
