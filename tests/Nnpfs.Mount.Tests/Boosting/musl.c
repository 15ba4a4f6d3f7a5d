/* Copies a file to its output by read, in a child, and by a stream; and says at the end which way its reads went, and whether fstat agrees
 * with stat. Small, for a program of another libc than the booster's. */
#include "../../../booster/nnpfs_booster.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char bytes[70000];

static int copy(const char *path)
{
    int fd = open(path, O_RDONLY);
    for (ssize_t count; (count = read(fd, bytes, sizeof bytes)) > 0;)
        fwrite(bytes, 1, (size_t)count, stdout);
    fflush(stdout);
    return fd;
}

int main(int count, char **arguments)
{
    struct stat by_name, open_one;
    if (count != 2)
        return 2;
    int fd = copy(arguments[1]);
    if (fork() == 0) {
        copy(arguments[1]);
        _exit(0);
    }
    wait(NULL);
    FILE *stream = fopen(arguments[1], "r");
    for (size_t some; (some = fread(bytes, 1, sizeof bytes, stream)) > 0;)
        fwrite(bytes, 1, some, stdout);
    int is_same = stat(arguments[1], &by_name) == 0 && fstat(fd, &open_one) == 0 && by_name.st_ino == open_one.st_ino && by_name.st_dev == open_one.st_dev;
    fprintf(stderr, "%d %d\n", nnpfs_booster_status == NULL ? -1 : nnpfs_booster_status(fd), is_same);
    return 0;
}
