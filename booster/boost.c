/* What happens to a descriptor that a program has just opened. */
#define _GNU_SOURCE
#include "internal.h"
#include "nnpfs_booster.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/sysmacros.h>

/* With any other flag the descriptor stays as it is: O_DIRECT has rules of its own with each file system, O_NOATIME belongs
 * to the file's owner. */
#define HARMLESS (O_ACCMODE | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_APPEND | O_NOFOLLOW | O_CREAT | O_EXCL | O_LARGEFILE | KERNEL_LARGEFILE)
#define KERNEL_LARGEFILE 0100000 /* what the kernel calls it on 64 bits, where libc has 0 */

/* With any of these, an open that finds and does not open is no different. */
#define PLAIN (O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_APPEND | O_NOFOLLOW | O_LARGEFILE | KERNEL_LARGEFILE)

static bool is_in_a_row; /* atomic: the last open was of a whole file, read past FUSE */

static enum give_up replace(int fd, int flags, const struct stat *facts, int received)
{
    struct stat cache;
    enum give_up why = KEPT_NONE;
    int status = flags & (O_APPEND | O_NONBLOCK);
    if (sys_fstat(received, &cache) != 0 || (status != 0 && sys_fcntl(received, F_SETFL, status) != 0)) {
        why = KEPT_ANSWER;
    } else {
        facts_keep(&cache, facts);
        if (sys_dup3(received, fd, flags & O_CLOEXEC) < 0)
            why = KEPT_DESCRIPTORS;
    }
    sys_close(received);
    return why;
}

/* Part of the file is there: the program keeps what it opened. */
static enum give_up add_part(int fd, const struct stat *facts, const struct lent *lent)
{
    enum give_up why = parts_add(fd, facts, lent);
    sys_close(lent->map);
    return why;
}

static void count_whole(uint64_t size)
{
    count_boosted(size);
    __atomic_store_n(&is_in_a_row, true, __ATOMIC_RELAXED);
}

static void try(int fd, int flags, bool is_stream)
{
    struct stat facts;
    /* File systems without a disk beneath them, as FUSE is, have devices of major number 0. */
    if (sys_fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || major(facts.st_dev) != 0)
        return;
    if (settings.process != sys_process()) /* what is here belongs to the process that lent us its memory */
        return;
    struct mount *mount = mount_of(facts.st_dev, fd);
    if (mount == NULL)
        return;
    uint64_t size = (uint64_t)facts.st_size;
    enum give_up why = (flags & ~HARMLESS) != 0 ? KEPT_FLAGS : size < settings.least || size == 0 ? KEPT_SMALL : KEPT_NONE;
    struct lent lent = {-1, -1};
    if (why == KEPT_NONE) /* a stream's reads are made within libc: nobody sees them */
        why = mount_ask(mount, fd, size, is_stream ? ASK_WHOLE : ASK_PARTS_TOO, &lent);
    if (why == KEPT_NONE)
        why = lent.map < 0 ? replace(fd, flags, &facts, lent.file) : add_part(fd, &facts, &lent);
    if (why != KEPT_NONE)
        count_kept(why, size);
    else if (lent.map < 0)
        count_whole(size);
    else
        count_part();
}

/* Puts a descriptor of the cache's file in place of one that a program has just got, if that can be had. It never fails. */
void boost(int fd, int flags, bool is_stream)
{
    if (fd < 0 || !settings.enabled)
        return;
    int saved = errno;
    if (__atomic_load_n(&parts_open, __ATOMIC_RELAXED) > 0)
        parts_forget(fd); /* whoever had that number has closed it by a call that we do not see */
    if ((flags & O_ACCMODE) == O_RDONLY && (flags & (O_PATH | O_DIRECTORY)) == 0)
        try(fd, flags, is_stream);
    errno = saved;
}

static enum give_up try_open(int fd, int flags)
{
    struct stat facts;
    if (sys_fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || (uint64_t)facts.st_size < settings.least || facts.st_size == 0)
        return KEPT_SMALL;
    struct mount *mount = mount_known(facts.st_dev);
    struct lent lent = {-1, -1};
    enum give_up why = mount == NULL ? KEPT_OFF : mount_ask(mount, fd, (uint64_t)facts.st_size, ASK_AS_OPEN, &lent);
    if (why == KEPT_NONE)
        why = replace(fd, flags, &facts, lent.file);
    if (why == KEPT_NONE)
        count_whole((uint64_t)facts.st_size);
    return why;
}

/* Opens a file without FUSE's open: finds it, and asks for its content at once, which takes one way to the driver for two. The
 * kernel looks whether the file may be read for that as well. It is worth a try after an open that was of such a file, and
 * costs little if this one is not. Answers -1, having done nothing: the real open is to be made; or OPEN_FAILED, with errno. */
int boost_open(int directory, const char *path, int flags)
{
    if (!__atomic_load_n(&is_in_a_row, __ATOMIC_RELAXED) || (flags & ~PLAIN) != 0)
        return -1;
    pthread_testcancel(); /* as an open is */
    int saved = errno;
    __atomic_store_n(&is_in_a_row, false, __ATOMIC_RELAXED);
    int fd = settings.process != sys_process() ? -1 : sys_openat(directory, path, O_PATH | (flags & (O_CLOEXEC | O_NOFOLLOW)));
    if (fd >= 0 && __atomic_load_n(&parts_open, __ATOMIC_RELAXED) > 0)
        parts_forget(fd);
    enum give_up why = fd < 0 ? KEPT_OFF : try_open(fd, flags);
    if (fd >= 0 && why != KEPT_NONE)
        sys_close(fd);
    errno = why == KEPT_INTERRUPTED ? EINTR : saved;
    return why == KEPT_NONE ? fd : why == KEPT_INTERRUPTED ? OPEN_FAILED : -1;
}

EXPORT int nnpfs_booster_status(int fd)
{
    struct stat facts;
    int failed = sys_fstat(fd, &facts);
    if (failed != 0) {
        errno = -failed;
        return -1;
    }
    if (!S_ISREG(facts.st_mode))
        return NNPFS_BOOSTER_NONE;
    int saved = errno;
    bool has_part = parts_has(fd);
    errno = saved;
    if (has_part)
        return NNPFS_BOOSTER_PART;
    return facts_known(&facts) ? NNPFS_BOOSTER_PAST : mount_known(facts.st_dev) != NULL ? NNPFS_BOOSTER_FUSE : NNPFS_BOOSTER_NONE;
}
