/* Reads of a file of which some pages are here: what the booster takes from the cache's file, and what it must not.
 * OTHER is such a file, with the same bytes: once all of it was read, an open is of a whole one. */
#include "calls.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define PAGE (64 << 10) /* that is filled at once */

static void *volatile nowhere = (void *)8;
static volatile int less_than_none = -1;

static const char *elf = "/proc/self/exe";

static int open_raw(const char *path)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static void check_at(int fd, size_t length, off_t offset)
{
    static char bytes[1 << 20];
    memset(bytes, 0x55, length + 1);
    size_t expected = (size_t)offset >= size ? 0 : length < size - (size_t)offset ? length : size - (size_t)offset;
    CHECK(pread(fd, bytes, length, offset) == (ssize_t)expected);
    CHECK(memcmp(bytes, content + offset, expected) == 0 && bytes[length] == 0x55);
}

static int open_part(void)
{
    int fd = open(other_path, O_RDONLY);
    CHECK(fd >= 0);
    CHECK(way(fd) == NNPFS_BOOSTER_PART);
    return fd;
}

void test_parts_at_places(void)
{
    int fd = open_part();
    static char bytes[1000], more[PAGE];
    for (int round = 0; round < 2; round++)
        for (off_t offset = 0; offset < (off_t)size + PAGE; offset += 3 * PAGE / 2) {
            check_at(fd, 100, offset);
            check_at(fd, PAGE, offset / 4096 * 4096);
            check_at(fd, 2 * PAGE, offset); /* what is here, and what is not */
        }
    check_at(fd, PAGE, (off_t)size - 40000);
    check_at(fd, PAGE, (off_t)size - 100);
    check_at(fd, PAGE, (off_t)size);
    check_at(fd, 1, (off_t)size);
    check_at(fd, 0, 10);
    struct iovec parts[3] = {{bytes, 1000}, {more, 0}, {more, PAGE}};
    CHECK(preadv(fd, parts, 3, 77) == 1000 + PAGE && memcmp(bytes, content + 77, 1000) == 0 && memcmp(more, content + 1077, PAGE) == 0);
    CHECK(preadv2(fd, parts, 3, 78, 0) == 1000 + PAGE && memcmp(more, content + 1078, PAGE) == 0);
    CHECK(preadv2(fd, parts, 1, 99, RWF_NOWAIT) == 1000 || errno == EAGAIN || errno == EOPNOTSUPP);
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    CHECK(preadv2(fd, parts, 1, -1, 0) == 1000 && memcmp(bytes, content, 1000) == 0 && lseek(fd, 0, SEEK_CUR) == 1000);
    CHECK(preadv2(fd, parts, 1, 0, 0x40000000) == -1 && errno == EOPNOTSUPP);
    CHECK(preadv(fd, parts, 3, (off_t)size - 50000) == 50000 && preadv(fd, parts, 3, (off_t)size) == 0);
    CHECK(pread(fd, bytes, 10, -1) == -1 && errno == EINVAL);
    CHECK(pread(fd, more, PAGE, -5) == -1 && errno == EINVAL && preadv(fd, parts, 1, -1) == -1 && errno == EINVAL);
    CHECK(pread(fd, nowhere, PAGE, 0) == -1 && errno == EFAULT && preadv(fd, nowhere, 1, 0) == -1 && errno == EFAULT);
    CHECK(preadv(fd, parts, less_than_none, 0) == -1 && errno == EINVAL && preadv(fd, parts, 0, 0) == 0);
    CHECK(read(fd, nowhere, 2 * PAGE) == -1 && errno == EFAULT && lseek(fd, 0, SEEK_CUR) == 1000);
    errno = E2BIG;
    check_at(fd, 10, 0);
    CHECK(errno == E2BIG && close(fd) == 0);
    CHECK(pread(fd, bytes, 10, 0) == -1 && errno == EBADF && read(fd, bytes, 10) == -1 && errno == EBADF);
}

/* The offset is the kernel's, and shared as ever. */
void test_parts_in_turn(void)
{
    static char bytes[1 << 20];
    int fd = open_part(), copy = dup(fd), other = open_part(), status;
    check_content(fd);
    CHECK(lseek(fd, 0, SEEK_CUR) == (off_t)size && read(fd, bytes, sizeof bytes) == 0);
    CHECK(lseek(copy, 5, SEEK_SET) == 5 && read(fd, bytes, 100000) == 100000 && memcmp(bytes, content + 5, 100000) == 0);
    CHECK(read(copy, bytes, 100) == 100 && memcmp(bytes, content + 100005, 100) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(read(fd, bytes, 70000) == 70000 && memcmp(bytes, content + 100105, 70000) == 0);
        CHECK(way(fd) == NNPFS_BOOSTER_PART);
        check_at(fd, PAGE, 0);
        check_content(other);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(lseek(copy, 0, SEEK_CUR) == 170105);
    CHECK(lseek(fd, -100000, SEEK_END) >= 0 && read(fd, bytes, sizeof bytes) == 100000 && memcmp(bytes, content + size - 100000, 100000) == 0);
    CHECK(read(fd, bytes, sizeof bytes) == 0 && lseek(fd, 0, SEEK_CUR) == (off_t)size);
    child = vfork();
    if (child == 0) {
        close(fd);
        _exit(lseek(copy, 0, SEEK_SET) != 0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0 && way(fd) == NNPFS_BOOSTER_PART && lseek(fd, 0, SEEK_CUR) == 0);
    check_content(fd);
    close(copy), close(fd), close(other);
}

/* A number that was closed by a call that nobody sees is another file's. */
void test_parts_closed_unseen(void)
{
    static char bytes[PAGE];
    int fd = open_part(), pair[2];
    check_at(fd, PAGE, 0);
    syscall(SYS_close, fd);
    CHECK(pread(fd, bytes, PAGE, 0) == -1 && errno == EBADF);
    CHECK(open_raw(elf) == fd);
    CHECK(pread(fd, bytes, PAGE, 0) > 4 && memcmp(bytes, "\177ELF", 4) == 0 && read(fd, bytes, PAGE) > 4 && memcmp(bytes, "\177ELF", 4) == 0);
    syscall(SYS_close, fd);
    CHECK(open_part() == fd);
    FILE *stream = fdopen(fd, "r");
    CHECK(fgetc(stream) == (unsigned char)content[0] && fclose(stream) == 0);
    CHECK(open(origin_path, O_RDONLY) == fd && way(fd) == NNPFS_BOOSTER_NONE);
    close(fd);
    /* Ours is closed, and others come in its place: all numbers are theirs. */
    CHECK(open_part() == fd && socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    CHECK(close_range((unsigned)pair[1] + 1, ~0u, 0) == 0);
    check_at(fd, PAGE, 100);
    CHECK(way(fd) == NNPFS_BOOSTER_FUSE);
    close(fd);
    CHECK(open_part() == fd);
    int strange = open_raw(elf);
    for (int other = strange + 1; other < 1100; other++)
        CHECK(dup2(strange, other) == other);
    check_at(fd, PAGE, 100);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    check_content(fd);
    CHECK(close_range(3, ~0u, 0) == 0);
}

static int shared;
static unsigned long long sums[4], counts[4];

static void *read_shared(void *at)
{
    static __thread char bytes[100001];
    long who = (long)at;
    for (ssize_t count; (count = read(shared, bytes, who % 2 == 0 ? 100001 : 5000)) != 0; counts[who] += (size_t)count) {
        CHECK(count > 0);
        for (ssize_t i = 0; i < count; i++)
            sums[who] += (unsigned char)bytes[i];
    }
    return NULL;
}

/* Threads that read by one offset: each byte comes to one of them. */
void test_parts_shared(void)
{
    unsigned long long expected = 0;
    for (size_t i = 0; i < size; i++)
        expected += (unsigned char)content[i];
    int opened[10];
    for (int round = 0; round < 10; round++)
        opened[round] = open_part();
    for (int round = 0; round < 10; round++) {
        pthread_t threads[4];
        unsigned long long sum = 0, count = 0;
        shared = opened[round];
        for (long i = 0; i < 4; i++) {
            sums[i] = counts[i] = 0;
            CHECK(pthread_create(&threads[i], NULL, read_shared, (void *)i) == 0);
        }
        for (int i = 0; i < 4; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
            sum += sums[i], count += counts[i];
        }
        CHECK(count == size && sum == expected);
        close(shared);
    }
}

static void *open_and_read(void *unused)
{
    for (int i = 0; i < 300; i++) {
        int fd = open(i % 5 == 0 ? origin_path : other_path, O_RDONLY);
        static __thread char bytes[PAGE];
        off_t at = (off_t)(i * 9973 % (int)(size - PAGE));
        CHECK(fd >= 0 && pread(fd, bytes, sizeof bytes, at) == sizeof bytes && memcmp(bytes, content + at, sizeof bytes) == 0);
        CHECK(i % 3 == 0 ? close(fd) == 0 : syscall(SYS_close, fd) == 0);
    }
    return unused;
}

/* More of them than there is room for, opened and closed by many at once. */
void test_parts_many(void)
{
    pthread_t threads[8];
    int held[60];
    for (int i = 0; i < 60; i++) {
        held[i] = open(other_path, O_RDONLY);
        CHECK(held[i] >= 0);
        check_at(held[i], PAGE, i * 1000);
    }
    CHECK(way(held[0]) == NNPFS_BOOSTER_PART && way(held[59]) == NNPFS_BOOSTER_FUSE);
    for (int i = 0; i < 60; i++)
        close(held[i]);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, open_and_read, NULL) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void *read_forever(void *fd)
{
    static __thread char bytes[PAGE];
    for (;;)
        CHECK(pread((int)(long)fd, bytes, sizeof bytes, 0) == sizeof bytes);
    return NULL;
}

/* A read of ours is a point of cancellation, as any is. */
void test_parts_cancellation(void)
{
    int fd = open_part();
    check_at(fd, PAGE, 0);
    for (int i = 0; i < 10; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, read_forever, (void *)(long)fd) == 0);
        usleep(1000);
        CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0);
    }
    check_at(fd, PAGE, 0);
    close(fd);
}
