/* The calls that are intercepted: the real one first, whatever it answers. */
#define _GNU_SOURCE
/* The fortified names are called by their own declarations; libc's macros must not get in between. */
#undef _FORTIFY_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define REAL(type, name, otherwise)                                             \
    static type real = NULL;                                                    \
    type next = __atomic_load_n(&real, __ATOMIC_RELAXED);                       \
    if (next == NULL) {                                                         \
        next = (type)find(name);                                                \
        if (next == NULL)                                                       \
            next = otherwise;                                                   \
        if (next == NULL)                                                       \
            return FAILED;                                                      \
        __atomic_store_n(&real, next, __ATOMIC_RELAXED);                        \
    }

static void *find(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found == NULL)
        errno = ENOSYS;
    return found;
}

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? (mode_t)va_arg(arguments, int) : 0;
}

typedef int (*open_call)(const char *, int, ...);
typedef int (*openat_call)(int, const char *, int, ...);
typedef int (*open_2_call)(const char *, int);
typedef int (*openat_2_call)(int, const char *, int);
typedef FILE *(*fopen_call)(const char *, const char *);
typedef FILE *(*freopen_call)(const char *, const char *, FILE *);
typedef int (*fstat_call)(int, struct stat *);
typedef int (*fstatat_call)(int, const char *, struct stat *, int);
typedef int (*statx_call)(int, const char *, int, unsigned, struct statx *);

#define FAILED -1

#define DEFINE_OPEN(name)                                                       \
    EXPORT int name(const char *path, int flags, ...)                           \
    {                                                                           \
        va_list arguments;                                                      \
        va_start(arguments, flags);                                             \
        mode_t mode = mode_of(flags, arguments);                                \
        va_end(arguments);                                                      \
        REAL(open_call, #name, NULL)                                                  \
        int fd = boost_open(AT_FDCWD, path, flags);                             \
        if (fd != -1)                                                           \
            return fd == OPEN_FAILED ? -1 : fd;                                 \
        fd = next(path, flags, mode);                                           \
        boost(fd, flags, false);                                                    \
        return fd;                                                              \
    }

#define DEFINE_OPENAT(name)                                                     \
    EXPORT int name(int directory, const char *path, int flags, ...)            \
    {                                                                           \
        va_list arguments;                                                      \
        va_start(arguments, flags);                                             \
        mode_t mode = mode_of(flags, arguments);                                \
        va_end(arguments);                                                      \
        REAL(openat_call, #name, NULL)                                                \
        int fd = boost_open(directory, path, flags);                            \
        if (fd != -1)                                                           \
            return fd == OPEN_FAILED ? -1 : fd;                                 \
        fd = next(directory, path, flags, mode);                                \
        boost(fd, flags, false);                                                    \
        return fd;                                                              \
    }

#define DEFINE_OPEN_2(name)                                                     \
    EXPORT int name(const char *path, int flags)                                \
    {                                                                           \
        REAL(open_2_call, #name, NULL)                                                \
        int fd = boost_open(AT_FDCWD, path, flags);                             \
        if (fd != -1)                                                           \
            return fd == OPEN_FAILED ? -1 : fd;                                 \
        fd = next(path, flags);                                                 \
        boost(fd, flags, false);                                                    \
        return fd;                                                              \
    }

#define DEFINE_OPENAT_2(name)                                                   \
    EXPORT int name(int directory, const char *path, int flags)                 \
    {                                                                           \
        REAL(openat_2_call, #name, NULL)                                              \
        int fd = boost_open(directory, path, flags);                            \
        if (fd != -1)                                                           \
            return fd == OPEN_FAILED ? -1 : fd;                                 \
        fd = next(directory, path, flags);                                      \
        boost(fd, flags, false);                                                    \
        return fd;                                                              \
    }

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int directory, const char *path, int flags);
int __openat64_2(int directory, const char *path, int flags);

DEFINE_OPEN(open)
DEFINE_OPEN(open64)
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)
DEFINE_OPEN_2(__open_2)
DEFINE_OPEN_2(__open64_2)
DEFINE_OPENAT_2(__openat_2)
DEFINE_OPENAT_2(__openat64_2)

#undef FAILED
#define FAILED NULL

/* A stream that is only read: libc has read nothing of it yet. */
static FILE *boost_stream(FILE *stream, const char *mode)
{
    if (stream != NULL && mode[0] == 'r' && strchr(mode, '+') == NULL) {
        int fd = fileno(stream), flags = sys_fcntl(fd, F_GETFL, 0), kept = sys_fcntl(fd, F_GETFD, 0);
        if (flags >= 0 && kept >= 0)
            boost(fd, flags | ((kept & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0), true);
    }
    return stream;
}

#define DEFINE_FOPEN(name)                                                      \
    EXPORT FILE *name(const char *path, const char *mode)                       \
    {                                                                           \
        REAL(fopen_call, #name, NULL)                                                 \
        return boost_stream(next(path, mode), mode);                            \
    }

#define DEFINE_FREOPEN(name)                                                    \
    EXPORT FILE *name(const char *path, const char *mode, FILE *stream)         \
    {                                                                           \
        REAL(freopen_call, #name, NULL)                                               \
        FILE *opened = next(path, mode, stream);                                \
        return path == NULL ? opened : boost_stream(opened, mode);              \
    }

DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)
DEFINE_FREOPEN(freopen)
DEFINE_FREOPEN(freopen64)

#undef FAILED
#define FAILED -1

static int hide(int result, struct stat *facts)
{
    if (result == 0 && settings.enabled)
        facts_hide(facts);
    return result;
}

/* libc has these two as functions since glibc 2.33; before that, programs call __fxstat and its like. */
static int plain_fstat(int fd, struct stat *facts)
{
    return (int)syscall(SYS_fstat, fd, facts);
}

static int plain_fstatat(int directory, const char *path, struct stat *facts, int flags)
{
    return (int)syscall(SYS_newfstatat, directory, path, facts, flags);
}

static int hidden_fstat(int fd, struct stat *facts)
{
    REAL(fstat_call, "fstat", plain_fstat)
    return hide(next(fd, facts), facts);
}

static bool is_descriptor(const char *path, int flags)
{
    return (flags & AT_EMPTY_PATH) != 0 && (path == NULL || path[0] == '\0');
}

static int hidden_fstatat(int directory, const char *path, struct stat *facts, int flags)
{
    REAL(fstatat_call, "fstatat", plain_fstatat)
    int result = next(directory, path, facts, flags);
    return is_descriptor(path, flags) ? hide(result, facts) : result;
}

/* On 64 bits, struct stat64 is struct stat, and there is one version of it. */
int __fxstat(int version, int fd, struct stat *facts);
int __fxstatat(int version, int directory, const char *path, struct stat *facts, int flags);
int __fxstat64(int version, int fd, struct stat64 *facts);
int __fxstatat64(int version, int directory, const char *path, struct stat64 *facts, int flags);

EXPORT int fstat(int fd, struct stat *facts)
{
    return hidden_fstat(fd, facts);
}

EXPORT int fstat64(int fd, struct stat64 *facts)
{
    return hidden_fstat(fd, (struct stat *)facts);
}

EXPORT int __fxstat(int version, int fd, struct stat *facts)
{
    (void)version;
    return hidden_fstat(fd, facts);
}

EXPORT int __fxstat64(int version, int fd, struct stat64 *facts)
{
    (void)version;
    return hidden_fstat(fd, (struct stat *)facts);
}

EXPORT int fstatat(int directory, const char *path, struct stat *facts, int flags)
{
    return hidden_fstatat(directory, path, facts, flags);
}

EXPORT int fstatat64(int directory, const char *path, struct stat64 *facts, int flags)
{
    return hidden_fstatat(directory, path, (struct stat *)facts, flags);
}

EXPORT int __fxstatat(int version, int directory, const char *path, struct stat *facts, int flags)
{
    (void)version;
    return hidden_fstatat(directory, path, facts, flags);
}

EXPORT int __fxstatat64(int version, int directory, const char *path, struct stat64 *facts, int flags)
{
    (void)version;
    return hidden_fstatat(directory, path, (struct stat *)facts, flags);
}

static struct statx_timestamp time_of(struct timespec time)
{
    return (struct statx_timestamp){.tv_sec = time.tv_sec, .tv_nsec = (uint32_t)time.tv_nsec};
}

EXPORT int statx(int directory, const char *restrict path, int flags, unsigned mask, struct statx *restrict facts)
{
    REAL(statx_call, "statx", NULL)
    int result = next(directory, path, flags, mask, facts);
    struct stat known;
    if (result != 0 || !settings.enabled || !is_descriptor(path, flags) || sys_fstat(directory, &known) != 0 || !facts_hide(&known))
        return result;
    facts->stx_mask = STATX_BASIC_STATS;
    facts->stx_attributes = 0;
    facts->stx_dev_major = major(known.st_dev);
    facts->stx_dev_minor = minor(known.st_dev);
    facts->stx_ino = known.st_ino;
    facts->stx_mode = (uint16_t)known.st_mode;
    facts->stx_nlink = (uint32_t)known.st_nlink;
    facts->stx_uid = known.st_uid;
    facts->stx_gid = known.st_gid;
    facts->stx_blksize = (uint32_t)known.st_blksize;
    facts->stx_blocks = (uint64_t)known.st_blocks;
    facts->stx_atime = time_of(known.st_atim);
    facts->stx_mtime = time_of(known.st_mtim);
    facts->stx_ctime = time_of(known.st_ctim);
    facts->stx_btime = (struct statx_timestamp){0};
    return result;
}
