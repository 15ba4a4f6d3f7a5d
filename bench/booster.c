/* Times reads and opens on a mount, with and without the booster, against the native file: all in one process, round by round in turn.
 *   booster NATIVE MOUNT ROUNDS [BYTES]   files with the same bytes; run with the booster. A raw system call opens without it.
 * With BYTES the mount's file is not whole: no more than its first BYTES are read, and the same of the native one. */
#define _GNU_SOURCE
#include "../booster/nnpfs_booster.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define RANDOM_READS 20000
#define OPENS 1000
#define MOST_ROUNDS 99

enum way { NATIVE, THROUGH, PAST };

static const char *paths[3];
static long size;
static int expected = NNPFS_BOOSTER_PAST;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_by(enum way way)
{
    int fd = way == PAST ? open(paths[way], O_RDONLY) : (int)syscall(SYS_openat, AT_FDCWD, paths[way], O_RDONLY);
    if (fd < 0 || nnpfs_booster_status == NULL || (nnpfs_booster_status(fd) == expected) != (way == PAST)) {
        fprintf(stderr, "%s: cannot be opened as it should: is the booster there, and the file whole?\n", paths[way]);
        exit(1);
    }
    return fd;
}

static double read_whole(enum way way, int passes)
{
    static char buffer[1 << 20];
    int fd = open_by(way);
    double start = now();
    for (int pass = 0; pass < passes; pass++)
        for (long at = 0; at < size; at += (long)sizeof buffer)
            if (pread(fd, buffer, sizeof buffer, at) <= 0)
                exit(1);
    double took = now() - start;
    close(fd);
    return took;
}

static double sequential(enum way way)
{
    return read_whole(way, 4);
}

/* By read(2), which takes the file's offset along. */
static double in_turn(enum way way)
{
    static char buffer[128 << 10];
    int fd = open_by(way);
    double start = now();
    for (int pass = 0; pass < 4; pass++) {
        lseek(fd, 0, SEEK_SET);
        for (long at = 0; at < size; at += (long)sizeof buffer)
            if (read(fd, buffer, sizeof buffer) <= 0)
                exit(1);
    }
    double took = now() - start;
    close(fd);
    return took;
}

static double at_random(enum way way)
{
    char buffer[4096];
    int fd = open_by(way);
    unsigned long long seed = 1;
    double start = now();
    for (int i = 0; i < RANDOM_READS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        if (pread(fd, buffer, sizeof buffer, (long)(seed >> 33) % (size / 4096) * 4096) != sizeof buffer)
            exit(1);
    }
    double took = now() - start;
    close(fd);
    return took;
}

/* What the kernel holds of the mount's file is dropped, what it holds of the cache's is not. */
static void drop(void)
{
    int fd = open_by(THROUGH);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
}

static double after_drop(enum way way)
{
    drop();
    return read_whole(way, 1);
}

static double at_random_after_drop(enum way way)
{
    drop();
    return at_random(way);
}

static double opens(enum way way)
{
    double start = now();
    for (int i = 0; i < OPENS; i++)
        close(open_by(way));
    return now() - start;
}

static int compare(const void *one, const void *other)
{
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static void measure(const char *name, const char *unit, double (*time)(enum way), enum way upper, enum way lower, int rounds)
{
    double ratios[MOST_ROUNDS];
    time(upper), time(lower); /* what is to be warm */
    for (int round = 0; round < rounds; round++) {
        double above = time(upper);
        ratios[round] = above / time(lower);
    }
    qsort(ratios, (size_t)rounds, sizeof *ratios, compare);
    printf("| %s | %s | %.2f (%.2f to %.2f) |\n", name, unit, ratios[rounds / 2], ratios[0], ratios[rounds - 1]);
    fflush(stdout);
}

int main(int count, char **arguments)
{
    int rounds = count == 4 || count == 5 ? atoi(arguments[3]) : 0;
    struct stat facts;
    if (rounds < 1 || rounds > MOST_ROUNDS)
        return 2;
    paths[NATIVE] = arguments[1], paths[THROUGH] = paths[PAST] = arguments[2];
    if (stat(paths[NATIVE], &facts) != 0)
        return 1;
    size = facts.st_size;
    if (count == 5) {
        expected = NNPFS_BOOSTER_PART;
        size = atol(arguments[4]);
    }
    printf("| what | unit | median (least to most) |\n|---|---|---:|\n");
    measure("sequential 1 MiB with the booster, page cache warm", "x of native", sequential, NATIVE, PAST, rounds);
    measure("the same without", "x of native", sequential, NATIVE, THROUGH, rounds);
    measure("the same by read, 128 KiB, with the booster", "x of native", in_turn, NATIVE, PAST, rounds);
    measure("the same without", "x of native", in_turn, NATIVE, THROUGH, rounds);
    measure("random 4 KiB with the booster, page cache warm", "x of native", at_random, NATIVE, PAST, rounds);
    measure("the same without", "x of native", at_random, NATIVE, THROUGH, rounds);
    measure("sequential 1 MiB with the booster, the mount's pages dropped", "x of native", after_drop, NATIVE, PAST, rounds);
    measure("the same without", "x of native", after_drop, NATIVE, THROUGH, rounds);
    measure("random 4 KiB with the booster, the mount's pages dropped", "x of native", at_random_after_drop, NATIVE, PAST, rounds);
    measure("the same without", "x of native", at_random_after_drop, NATIVE, THROUGH, rounds);
    measure("time of an open and close with the booster", "x of one without", opens, PAST, THROUGH, rounds);
    return 0;
}
