/* Children, threads, signals and descriptors of a program that has the booster in it. */
#include "calls.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

extern char **environ;

static int child_status(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

void test_children(void)
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

void test_threads(void)
{
    pthread_t threads[8];
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&threads[i], NULL, open_often, NULL) == 0);
    for (int i = 0; i < 8; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

void test_threads_fork(void)
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
void test_signals(void)
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
void test_cancellation(void)
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
void test_closed_sockets(void)
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

void test_no_descriptors(void)
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
