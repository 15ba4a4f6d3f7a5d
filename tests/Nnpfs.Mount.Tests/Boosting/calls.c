/* What a program may do with files, checked with the booster in it.
 *   calls MOUNT ORIGIN OTHER TEST...   MOUNT: a cached file, ORIGIN: one with the same bytes that is no mount's, OTHER: a second cached file
 * Prints a line for each test, and ends with 1 at the first thing that is not so. */
#define _GNU_SOURCE
#include "../../../booster/nnpfs_booster.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static const char *mount_path, *origin_path, *other_path;
static char *content;
static size_t size;

#define CHECK(what)                                                                           \
    do {                                                                                      \
        if (!(what)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); \
            exit(1);                                                                          \
        }                                                                                     \
    } while (0)

static int way(int fd)
{
    return nnpfs_booster_status == NULL ? -2 : nnpfs_booster_status(fd);
}

/* Without memory: it also runs in the children of processes with many threads. */
static void check_content(int fd)
{
    char bytes[65536];
    size_t done = 0;
    for (ssize_t count; (count = read(fd, bytes, sizeof bytes)) != 0; done += (size_t)count)
        CHECK(count > 0 && done + (size_t)count <= size && memcmp(bytes, content + done, (size_t)count) == 0);
    CHECK(done == size);
}

static void check_boosted(int fd)
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

static int child_status(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

static void test_children(void)
{
    int fd = open(mount_path, O_RDONLY);
    CHECK(way(fd) == NNPFS_BOOSTER_PAST);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 20; i++)
            check_boosted(open(mount_path, O_RDONLY));
        if (fork() == 0) {
            check_boosted(open(other_path, O_RDONLY)); /* it has the same bytes */
            _exit(0);
        }
        int status;
        _exit(wait(&status) > 0 && status == 0 ? 0 : 1);
    }
    check_boosted(open(mount_path, O_RDONLY));
    CHECK(child_status(child) == 0);
    volatile int seen = -5; /* a vfork's child is a guest in our memory */
    child = vfork();
    if (child == 0) {
        int own = open(mount_path, O_RDONLY);
        seen = way(own);
        _exit(own < 0);
    }
    CHECK(child_status(child) == 0 && seen == NNPFS_BOOSTER_FUSE);
    check_boosted(open(mount_path, O_RDONLY));
    child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL); /* a fork that libc does not know of */
    if (child == 0) {
        int own = open(mount_path, O_RDONLY);
        check_content(own);
        _exit(0);
    }
    CHECK(child_status(child) == 0);
    check_boosted(open(mount_path, O_RDONLY));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, mount_path, O_RDONLY, 0);
    char *compare[] = {"cmp", "-", (char *)origin_path, NULL};
    CHECK(posix_spawnp(&child, "cmp", &actions, NULL, compare, environ) == 0 && child_status(child) == 0);
    posix_spawn_file_actions_destroy(&actions);
    /* One that was opened here is read by a program that takes our place. */
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    child = fork();
    if (child == 0) {
        dup2(fd, 0);
        execvp("cmp", compare);
        _exit(127);
    }
    CHECK(child_status(child) == 0);
    close(fd);
}

static void *open_often(void *unused)
{
    for (int i = 0; i < 200; i++) {
        int fd = open(i % 2 == 0 ? mount_path : other_path, O_RDONLY);
        char bytes[64];
        off_t at = (off_t)(i * 997 % (int)(size - 64));
        CHECK(fd >= 0 && pread(fd, bytes, sizeof bytes, at) == sizeof bytes && memcmp(bytes, content + at, sizeof bytes) == 0);
        CHECK(way(fd) == NNPFS_BOOSTER_PAST);
        close(fd);
    }
    return unused;
}

static void test_threads(void)
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, open_often, NULL) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void test_threads_fork(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, open_often, NULL) == 0);
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            check_boosted(open(mount_path, O_RDONLY));
            _exit(0);
        }
        CHECK(child_status(child) == 0);
    }
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static volatile sig_atomic_t handled, wrong;

static void on_alarm(int unused)
{
    (void)unused;
    int saved = errno, fd = open(mount_path, O_RDONLY);
    char byte;
    if (fd < 0 || pread(fd, &byte, 1, 50) != 1 || byte != content[50])
        wrong = 1;
    close(fd);
    handled++;
    errno = saved;
}

/* A handler that opens, in the middle of an open. */
static void test_signals(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART}, before;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec often = {{0, 300000}, {0, 300000}}, never = {{0, 0}, {0, 0}};
    timer_t timer;
    CHECK(sigaction(SIGRTMIN, &action, &before) == 0 && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    CHECK(timer_settime(timer, 0, &often, NULL) == 0);
    for (int i = 0; i < 500 || handled < 50; i++) {
        int fd = open(other_path, O_RDONLY);
        char byte;
        CHECK(fd >= 0 && pread(fd, &byte, 1, 77) == 1 && byte == content[77] && close(fd) == 0 && wrong == 0);
    }
    CHECK(timer_settime(timer, 0, &never, NULL) == 0 && timer_delete(timer) == 0 && sigaction(SIGRTMIN, &before, NULL) == 0);
    check_boosted(open(mount_path, O_RDONLY));
}

static void *open_forever(void *unused)
{
    for (;;)
        close(open(mount_path, O_RDONLY));
    return unused;
}

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1100; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* A thread that is cancelled in an open takes nothing with it. */
static void test_cancellation(void)
{
    close(open(mount_path, O_RDONLY));
    int before = open_descriptors();
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, open_forever, NULL) == 0);
        usleep(2000);
        CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, NULL) == 0);
    }
    check_boosted(open(mount_path, O_RDONLY));
    /* Between an open and its close a cancelled thread loses its own descriptor, as it does without us; a connection more was ours to make. */
    CHECK(open_descriptors() <= before + 20 + 1);
}

/* Programs close what they do not know, and use its number again. */
static void test_closed_sockets(void)
{
    check_boosted(open(mount_path, O_RDONLY));
    CHECK(close_range(3, ~0u, 0) == 0);
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    for (int fd = 5; fd < 1100; fd++) /* the number that was ours among them */
        if (dup2(pair[0], fd) < 0)
            break;
    CHECK(write(pair[1], "mine", 4) == 4);
    CHECK(close_range(500, 600, 0) == 0);
    check_boosted(open(mount_path, O_RDONLY));
    char bytes[10];
    CHECK(read(pair[0], bytes, 10) == 4 && memcmp(bytes, "mine", 4) == 0);
    CHECK(close_range(3, ~0u, 0) == 0);
}

static void test_no_descriptors(void)
{
    struct rlimit few = {20, 20}, before;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    pid_t child = fork();
    if (child == 0) {
        few.rlim_max = before.rlim_max;
        CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
        int held[30], count = 0;
        while ((held[count] = open(mount_path, O_RDONLY)) >= 0) {
            char byte;
            CHECK(pread(held[count], &byte, 1, count) == 1 && byte == content[count]);
            count++;
        }
        CHECK(errno == EMFILE && count >= 15);
        while (count > 0)
            close(held[--count]);
        check_boosted(open(mount_path, O_RDONLY));
        _exit(0);
    }
    CHECK(child_status(child) == 0);
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
            if (strcmp(arguments[i], "all") == 0 || strcmp(arguments[i], tests[test].name) == 0) {
                tests[test].run();
                printf("%s\n", tests[test].name);
                fflush(stdout);
            }
    free(content);
    return 0;
}
