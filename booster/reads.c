/* Reads and closes. Where no file is read in parts, they are the real calls, after one look at a number. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_VECTORS 16 /* more go to FUSE */

typedef ssize_t (*read_call)(int, void *, size_t);
typedef ssize_t (*read_chk_call)(int, void *, size_t, size_t);
typedef ssize_t (*pread_call)(int, void *, size_t, off_t);
typedef ssize_t (*pread_chk_call)(int, void *, size_t, off_t, size_t);
typedef ssize_t (*readv_call)(int, const struct iovec *, int);
typedef ssize_t (*preadv_call)(int, const struct iovec *, int, off_t);
typedef ssize_t (*preadv2_call)(int, const struct iovec *, int, off_t, int);
typedef int (*close_call)(int);

/* Found before main, so that no read ever asks the loader, which may read and allocate itself. Programs that read before that
 * get the plain system call. */
static read_call real_read;
static read_chk_call real_read_chk;
static pread_call real_pread, real_pread64;
static pread_chk_call real_pread_chk, real_pread64_chk;
static readv_call real_readv;
static preadv_call real_preadv, real_preadv64;
static preadv2_call real_preadv2, real_preadv64v2;
static close_call real_close;

void reads_prepare(void)
{
    real_read = (read_call)dlsym(RTLD_NEXT, "read");
    real_read_chk = (read_chk_call)dlsym(RTLD_NEXT, "__read_chk");
    real_pread = (pread_call)dlsym(RTLD_NEXT, "pread");
    real_pread64 = (pread_call)dlsym(RTLD_NEXT, "pread64");
    real_pread_chk = (pread_chk_call)dlsym(RTLD_NEXT, "__pread_chk");
    real_pread64_chk = (pread_chk_call)dlsym(RTLD_NEXT, "__pread64_chk");
    real_readv = (readv_call)dlsym(RTLD_NEXT, "readv");
    real_preadv = (preadv_call)dlsym(RTLD_NEXT, "preadv");
    real_preadv64 = (preadv_call)dlsym(RTLD_NEXT, "preadv64");
    real_preadv2 = (preadv2_call)dlsym(RTLD_NEXT, "preadv2");
    real_preadv64v2 = (preadv2_call)dlsym(RTLD_NEXT, "preadv64v2");
    real_close = (close_call)dlsym(RTLD_NEXT, "close");
}

static bool may_be_part(int fd)
{
    return __builtin_expect(__atomic_load_n(&parts_open, __ATOMIC_RELAXED) > 0, 0) && parts_knows(fd);
}

#define AT_THE_OFFSET -1

/* As a call of libc's: a point of cancellation, and errno is untouched by what succeeds. -1: the real call is to be made. */
static long in_parts(int fd, struct iovec *vectors, int count, int64_t offset)
{
    pthread_testcancel();
    int saved = errno;
    long result = offset == AT_THE_OFFSET ? parts_read(fd, vectors, count) : parts_read_at(fd, vectors, count, offset);
    if (result != PART_FAILED)
        errno = saved;
    return result;
}

/* The program's vectors may lie in memory that cannot be read: only the kernel may find that out. */
static bool copy_vectors(const struct iovec *theirs, int count, struct iovec ours[MOST_VECTORS])
{
    if (count <= 0 || count > MOST_VECTORS)
        return false;
    size_t size = (size_t)count * sizeof *ours;
    struct iovec from = {(void *)(uintptr_t)theirs, size}, to = {ours, size};
    int saved = errno;
    bool is_copied = syscall(SYS_process_vm_readv, sys_process(), &to, 1L, &from, 1L, 0L) == (long)size;
    errno = saved;
    return is_copied;
}

/* Answers the call in parts where that can be; otherwise what is behind it makes the real one. */
#define TRY_BUFFER(fd, buffer, size, offset)                        \
    bool is_part = may_be_part(fd);                                 \
    if (is_part) {                                                  \
        struct iovec vector = {buffer, size};                       \
        long result = in_parts(fd, &vector, 1, offset);             \
        if (result != -1)                                           \
            return result == PART_FAILED ? -1 : result;             \
    }

#define TRY_VECTORS(fd, theirs, count, offset)                      \
    bool is_part = may_be_part(fd);                                 \
    struct iovec ours[MOST_VECTORS];                                \
    if (is_part && copy_vectors(theirs, count, ours)) {             \
        long result = in_parts(fd, ours, count, offset);            \
        if (result != -1)                                           \
            return result == PART_FAILED ? -1 : result;             \
    }

static ssize_t counted(bool is_part, ssize_t result)
{
    if (is_part)
        count_part_through(result);
    return result;
}

/* A negative offset is the kernel's to refuse. */
static int64_t place(off_t offset)
{
    return offset < 0 ? INT64_MIN : offset;
}

static ssize_t read_by(read_call call, int fd, void *buffer, size_t size)
{
    return call != NULL ? call(fd, buffer, size) : syscall(SYS_read, fd, buffer, size);
}

static ssize_t pread_by(pread_call call, int fd, void *buffer, size_t size, off_t offset)
{
    return call != NULL ? call(fd, buffer, size, offset) : syscall(SYS_pread64, fd, buffer, size, offset);
}

static ssize_t preadv_by(preadv_call call, int fd, const struct iovec *vectors, int count, off_t offset)
{
    return call != NULL ? call(fd, vectors, count, offset) : syscall(SYS_preadv, fd, vectors, (long)count, offset, 0L);
}

static ssize_t preadv2_by(preadv2_call call, int fd, const struct iovec *vectors, int count, off_t offset, int flags)
{
    return call != NULL ? call(fd, vectors, count, offset, flags) : syscall(SYS_preadv2, fd, vectors, (long)count, offset, 0L, flags);
}

EXPORT ssize_t read(int fd, void *buffer, size_t size)
{
    TRY_BUFFER(fd, buffer, size, AT_THE_OFFSET)
    return counted(is_part, read_by(real_read, fd, buffer, size));
}

#define DEFINE_PREAD(name)                                                              \
    EXPORT ssize_t name(int fd, void *buffer, size_t size, off_t offset)                \
    {                                                                                   \
        TRY_BUFFER(fd, buffer, size, place(offset))                                     \
        return counted(is_part, pread_by(real_##name, fd, buffer, size, offset));       \
    }

DEFINE_PREAD(pread)
DEFINE_PREAD(pread64)

/* The fortified names end a program that asks for more than its buffer holds. */
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *buffer, size_t size, off_t offset, size_t room);

EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
    return size > room && real_read_chk != NULL ? real_read_chk(fd, buffer, size, room) : read(fd, buffer, size);
}

EXPORT ssize_t __pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room)
{
    return size > room && real_pread_chk != NULL ? real_pread_chk(fd, buffer, size, offset, room) : pread(fd, buffer, size, offset);
}

EXPORT ssize_t __pread64_chk(int fd, void *buffer, size_t size, off_t offset, size_t room)
{
    return size > room && real_pread64_chk != NULL ? real_pread64_chk(fd, buffer, size, offset, room) : pread64(fd, buffer, size, offset);
}

EXPORT ssize_t readv(int fd, const struct iovec *vectors, int count)
{
    TRY_VECTORS(fd, vectors, count, AT_THE_OFFSET)
    return counted(is_part, real_readv != NULL ? real_readv(fd, vectors, count) : syscall(SYS_readv, fd, vectors, (long)count));
}

#define DEFINE_PREADV(name)                                                             \
    EXPORT ssize_t name(int fd, const struct iovec *vectors, int count, off_t offset)   \
    {                                                                                   \
        TRY_VECTORS(fd, vectors, count, place(offset))                                  \
        return counted(is_part, preadv_by(real_##name, fd, vectors, count, offset));    \
    }

DEFINE_PREADV(preadv)
DEFINE_PREADV(preadv64)

/* With flags it is FUSE's. An offset of -1 is the kernel's own. */
#define DEFINE_PREADV2(name)                                                                    \
    EXPORT ssize_t name(int fd, const struct iovec *vectors, int count, off_t offset, int flags) \
    {                                                                                           \
        TRY_VECTORS(flags == 0 ? fd : -1, vectors, count, offset == -1 ? AT_THE_OFFSET : place(offset)) \
        return counted(is_part, preadv2_by(real_##name, fd, vectors, count, offset, flags));    \
    }

DEFINE_PREADV2(preadv2)
DEFINE_PREADV2(preadv64v2)

EXPORT int close(int fd)
{
    if (may_be_part(fd)) {
        int saved = errno;
        parts_forget(fd);
        errno = saved;
    }
    return real_close != NULL ? real_close(fd) : (int)syscall(SYS_close, fd);
}
