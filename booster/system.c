/* System calls past libc's wrappers, which may be cancellation points or be intercepted by others. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Where our descriptors live: programs that count on the lowest free number must not meet them. */
#define HIGHEST_DESCRIPTOR 1024
#define OUR_DESCRIPTORS 64

static long checked(long result)
{
    return result < 0 ? -errno : result;
}

int sys_close(int fd)
{
    return (int)checked(syscall(SYS_close, fd));
}

int sys_openat(int directory, const char *path, int flags)
{
    return (int)checked(syscall(SYS_openat, directory, path, flags));
}

int sys_fstat(int fd, struct stat *facts)
{
    return (int)checked(syscall(SYS_fstat, fd, facts));
}

int sys_fcntl(int fd, int command, long argument)
{
    return (int)checked(syscall(SYS_fcntl, fd, command, argument));
}

int sys_dup3(int from, int to, int flags)
{
    return (int)checked(syscall(SYS_dup3, from, to, flags));
}

long sys_fgetxattr(int fd, const char *name, void *value, size_t size)
{
    return checked(syscall(SYS_fgetxattr, fd, name, value, size));
}

/* The same of a descriptor that is open as a path only, which the kernel asks for by another way. */
long sys_getxattr_of(int fd, const char *name, void *value, size_t size)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return checked(syscall(SYS_getxattr, path, name, value, size));
}

int sys_process(void)
{
    return (int)syscall(SYS_getpid);
}

uint64_t sys_seconds(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec;
}

/* Memory to read, or NULL. */
void *sys_map(void *place, size_t size, int flags, int fd)
{
    long result = syscall(SYS_mmap, place, size, PROT_READ, flags, fd, 0L);
    return result == -1 ? NULL : (void *)result;
}

/* Moves a descriptor of ours out of the way. The old number is closed in any case. */
int sys_move_high(int fd)
{
    struct rlimit limit = {0};
    long least = HIGHEST_DESCRIPTOR;
    if (syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) == 0 && limit.rlim_cur < HIGHEST_DESCRIPTOR)
        least = (long)limit.rlim_cur;
    least = least > 2 * OUR_DESCRIPTORS ? least - OUR_DESCRIPTORS : least / 2;
    int moved = sys_fcntl(fd, F_DUPFD_CLOEXEC, least);
    sys_close(fd);
    return moved;
}
