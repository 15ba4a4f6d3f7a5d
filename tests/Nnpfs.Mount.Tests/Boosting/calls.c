/* What a program may do with files, checked with the booster in it.
 *   calls MOUNT ORIGIN OTHER TEST...   MOUNT: a cached file, ORIGIN: one with the same bytes that is no mount's, OTHER: a second cached file
 * Prints a line for each test, and ends with 1 at the first thing that is not so. */
#include "calls.h"

#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

const char *mount_path, *origin_path, *other_path;
char *content;
size_t size;

int way(int fd)
{
    return nnpfs_booster_status == NULL ? -2 : nnpfs_booster_status(fd);
}

/* Without memory: it also runs in the children of processes with many threads. */
void check_content(int fd)
{
    char bytes[65536];
    size_t done = 0;
    for (ssize_t count; (count = read(fd, bytes, sizeof bytes)) != 0; done += (size_t)count)
        CHECK(count > 0 && done + (size_t)count <= size && memcmp(bytes, content + done, (size_t)count) == 0);
    CHECK(done == size);
}

void check_boosted(int fd)
{
    CHECK(fd >= 0);
    CHECK(way(fd) == NNPFS_BOOSTER_PAST);
    check_content(fd);
    CHECK(close(fd) == 0);
}

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);

static void test_opens(void)
{
    check_boosted(open(mount_path, O_RDONLY));
    check_boosted(open64(mount_path, O_RDONLY));
    check_boosted(openat(AT_FDCWD, mount_path, O_RDONLY));
    check_boosted(openat64(AT_FDCWD, mount_path, O_RDONLY));
    check_boosted(__open_2(mount_path, O_RDONLY));
    check_boosted(__open64_2(mount_path, O_RDONLY));
    check_boosted(__openat_2(AT_FDCWD, mount_path, O_RDONLY));
    check_boosted(__openat64_2(AT_FDCWD, mount_path, O_RDONLY));
    check_boosted(open(mount_path, O_RDONLY | O_CREAT, 0644));
}

static void check_stream(FILE *stream)
{
    CHECK(stream != NULL);
    CHECK(way(fileno(stream)) == NNPFS_BOOSTER_PAST);
    char *bytes = malloc(size + 1);
    CHECK(fread(bytes, 1, size + 1, stream) == size && memcmp(bytes, content, size) == 0 && feof(stream));
    CHECK(fseek(stream, 1000, SEEK_SET) == 0 && fgetc(stream) == (unsigned char)content[1000] && ftell(stream) == 1001);
    free(bytes);
}

static void test_streams(void)
{
    FILE *stream = fopen(mount_path, "r");
    check_stream(stream);
    stream = freopen(mount_path, "re", stream);
    check_stream(stream);
    CHECK((fcntl(fileno(stream), F_GETFD) & FD_CLOEXEC) != 0);
    stream = freopen64(mount_path, "rm", stream);
    check_stream(stream);
    fclose(stream);
    stream = fopen64(mount_path, "r");
    check_stream(stream);
    fclose(stream);
    CHECK(fopen(mount_path, "r+") == NULL && errno == EROFS);
}

static void test_flags(void)
{
    int fd = open(mount_path, O_RDONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
    CHECK((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK)) == (O_RDONLY | O_APPEND | O_NONBLOCK));
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK(write(fd, "x", 1) == -1 && errno == EBADF);
    check_boosted(fd);
    fd = open(mount_path, O_RDONLY);
    CHECK((fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK)) == 0 && fcntl(fd, F_GETFD) == 0);
    CHECK(close(fd) == 0);
    CHECK(open(mount_path, O_RDWR) == -1 && errno == EROFS);
    CHECK(open(mount_path, O_RDONLY | O_CREAT | O_EXCL, 0644) == -1 && errno == EEXIST);
    fd = open(mount_path, O_PATH);
    CHECK(way(fd) != NNPFS_BOOSTER_PAST && close(fd) == 0);
    fd = open(mount_path, O_RDONLY | O_DIRECT);
    CHECK(way(fd) == NNPFS_BOOSTER_FUSE && close(fd) == 0);
    fd = open(origin_path, O_RDONLY);
    CHECK(way(fd) == NNPFS_BOOSTER_NONE && close(fd) == 0);
    CHECK(way(fd) == -1 && errno == EBADF);
}

/* What is not the booster's to decide stays as it was: results, errno, and the lowest number. */
static void test_errno(void)
{
    errno = E2BIG;
    int fd = open(mount_path, O_RDONLY);
    CHECK(errno == E2BIG && way(fd) == NNPFS_BOOSTER_PAST);
    int next = open(mount_path, O_RDONLY);
    CHECK(errno == E2BIG && next == fd + 1);
    CHECK(close(fd) == 0 && open(mount_path, O_RDONLY) == fd);
    close(fd);
    close(next);
    CHECK(open("/no/such/file", O_RDONLY) == -1 && errno == ENOENT);
    CHECK(open((const char *)8, O_RDONLY) == -1 && errno == EFAULT);
}

static void check_same(const struct stat *one, const struct stat *other)
{
    CHECK(one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_mode == other->st_mode && one->st_nlink == other->st_nlink);
    CHECK(one->st_uid == other->st_uid && one->st_gid == other->st_gid && one->st_size == other->st_size && one->st_blocks == other->st_blocks);
    CHECK(one->st_blksize == other->st_blksize && memcmp(&one->st_mtim, &other->st_mtim, sizeof one->st_mtim) == 0);
    CHECK(memcmp(&one->st_ctim, &other->st_ctim, sizeof one->st_ctim) == 0);
}

static void check_facts(int fd, const char *path)
{
    struct stat expected, found;
    struct statx wide, wanted;
    CHECK(stat(path, &expected) == 0);
    CHECK(fstat(fd, &found) == 0);
    check_same(&expected, &found);
    CHECK(fstatat(fd, "", &found, AT_EMPTY_PATH) == 0);
    check_same(&expected, &found);
    CHECK(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &wide) == 0);
    CHECK(statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &wanted) == 0);
    CHECK(wide.stx_ino == wanted.stx_ino && wide.stx_dev_major == wanted.stx_dev_major && wide.stx_dev_minor == wanted.stx_dev_minor);
    CHECK(wide.stx_mode == wanted.stx_mode && wide.stx_size == wanted.stx_size && wide.stx_mtime.tv_nsec == wanted.stx_mtime.tv_nsec);
}

static void test_facts(void)
{
    int fd = open(mount_path, O_RDONLY), other = open(other_path, O_RDONLY), plain = open(origin_path, O_RDONLY);
    int copy = fcntl(fd, F_DUPFD, 100);
    CHECK(way(fd) == NNPFS_BOOSTER_PAST && way(copy) == NNPFS_BOOSTER_PAST && way(other) == NNPFS_BOOSTER_PAST);
    check_facts(fd, mount_path);
    check_facts(copy, mount_path);
    check_facts(other, other_path);
    check_facts(plain, origin_path);
    if (fork() == 0) {
        check_facts(copy, mount_path);
        _exit(0);
    }
    int status;
    CHECK(wait(&status) > 0 && status == 0);
    close(fd), close(other), close(plain), close(copy);
}

static void test_reads(void)
{
    int fd = open(mount_path, O_RDONLY), pair[2];
    CHECK(way(fd) == NNPFS_BOOSTER_PAST);
    char bytes[5000], more[5000];
    CHECK(pread(fd, bytes, sizeof bytes, 4321) == sizeof bytes && memcmp(bytes, content + 4321, sizeof bytes) == 0);
    struct iovec parts[2] = {{bytes, 1000}, {more, 3000}};
    CHECK(preadv(fd, parts, 2, 77) == 4000 && memcmp(bytes, content + 77, 1000) == 0 && memcmp(more, content + 1077, 3000) == 0);
    CHECK(preadv2(fd, parts, 1, 99, RWF_NOWAIT) == 1000 || errno == EAGAIN);
    CHECK(lseek(fd, -10, SEEK_END) == (off_t)size - 10 && read(fd, bytes, 100) == 10 && read(fd, bytes, 100) == 0);
    CHECK(lseek(fd, 0, SEEK_DATA) == 0 && lseek(fd, 0, SEEK_HOLE) == (off_t)size && lseek(fd, (off_t)size, SEEK_DATA) == -1 && errno == ENXIO);
    char *view = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(view != MAP_FAILED && memcmp(view, content, size) == 0 && munmap(view, size) == 0);
    CHECK(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    off_t from = 5;
    CHECK(sendfile(pair[0], fd, &from, 4000) == 4000 && recv(pair[1], bytes, 4000, MSG_WAITALL) == 4000 && memcmp(bytes, content + 5, 4000) == 0);
    close(pair[0]), close(pair[1]);
    CHECK(pipe(pair) == 0 && splice(fd, &from, pair[1], NULL, 4000, 0) == 4000 && read(pair[0], bytes, 4000) == 4000);
    CHECK(memcmp(bytes, content + 4005, 4000) == 0);
    close(pair[0]), close(pair[1]);
    CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && flock(fd, LOCK_UN) == 0);
    close(fd);
}

/* An offset is shared by all who have a descriptor from one open, and by nobody else. */
static void test_offsets(void)
{
    int fd = open(mount_path, O_RDONLY), apart = open(mount_path, O_RDONLY), copy = dup(fd), status;
    char byte;
    CHECK(lseek(fd, 100, SEEK_SET) == 100 && read(copy, &byte, 1) == 1 && byte == content[100]);
    if (fork() == 0)
        _exit(read(fd, &byte, 1) == 1 && byte == content[101] ? 0 : 1);
    CHECK(wait(&status) > 0 && status == 0 && lseek(copy, 0, SEEK_CUR) == 102 && lseek(apart, 0, SEEK_CUR) == 0);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) == 0 && flock(copy, LOCK_EX | LOCK_NB) == 0 && flock(apart, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    close(fd), close(copy);
    CHECK(flock(apart, LOCK_EX | LOCK_NB) == 0);
    close(apart);
}

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"opens", test_opens},
    {"streams", test_streams},
    {"flags", test_flags},
    {"errno", test_errno},
    {"facts", test_facts},
    {"reads", test_reads},
    {"offsets", test_offsets},
    {"children", test_children},
    {"threads", test_threads},
    {"threads-fork", test_threads_fork},
    {"signals", test_signals},
    {"cancellation", test_cancellation},
    {"closed-sockets", test_closed_sockets},
    {"no-descriptors", test_no_descriptors},
    {"parts-places", test_parts_at_places},
    {"parts-turn", test_parts_in_turn},
    {"parts-unseen", test_parts_closed_unseen},
    {"parts-shared", test_parts_shared},
    {"parts-many", test_parts_many},
    {"parts-cancellation", test_parts_cancellation},
};

/* Opens and reads, by no call but these: for faults that are injected into what the booster calls. */
static int copy_out(void)
{
    char bytes[65536];
    for (int i = 0; i < 3; i++) {
        int fd = open(mount_path, O_RDONLY);
        ssize_t count;
        while ((count = read(fd, bytes, sizeof bytes)) > 0)
            if (write(1, bytes, (size_t)count) != count)
                return 1;
        if (fd < 0 || count < 0 || close(fd) != 0)
            return 1;
    }
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "copy") == 0) {
        mount_path = arguments[2];
        return copy_out();
    }
    if (count < 5)
        return 2;
    mount_path = arguments[1], origin_path = arguments[2], other_path = arguments[3];
    int fd = (int)syscall(SYS_openat, AT_FDCWD, origin_path, O_RDONLY);
    struct stat facts;
    CHECK(fd >= 0 && fstat(fd, &facts) == 0);
    size = (size_t)facts.st_size;
    content = malloc(size);
    CHECK(read(fd, content, size) == (ssize_t)size && close(fd) == 0);
    for (int i = 4; i < count; i++)
        for (size_t test = 0; test < sizeof tests / sizeof *tests; test++)
            if (strcmp(arguments[i], strncmp(tests[test].name, "parts-", 6) == 0 ? "parts" : "all") == 0 || strcmp(arguments[i], tests[test].name) == 0) {
                tests[test].run();
                printf("%s\n", tests[test].name);
                fflush(stdout);
            }
    free(content);
    return 0;
}
