/* What was done, counted, and told at exit to those who asked. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const reasons[KEPT_COUNT] = {
    [KEPT_NONE] = "",
    [KEPT_NOT_WHOLE] = "not-whole",
    [KEPT_MANY_FILES] = "many-files",
    [KEPT_NO_FILE] = "no-file",
    [KEPT_NO_ROOM] = "no-room",
    [KEPT_PASSTHROUGH] = "passthrough",
    [KEPT_STRANGER] = "stranger",
    [KEPT_SLOW] = "slow",
    [KEPT_SMALL] = "small",
    [KEPT_FLAGS] = "flags",
    [KEPT_OFF] = "off",
    [KEPT_FORKED] = "forked",
    [KEPT_BUSY] = "busy",
    [KEPT_SOCKET] = "socket",
    [KEPT_DESCRIPTORS] = "descriptors",
    [KEPT_FORBIDDEN] = "forbidden",
    [KEPT_INTERRUPTED] = "interrupted",
    [KEPT_ANSWER] = "answer",
    [KEPT_CROWDED] = "crowded",
};

static uint64_t boosted, boosted_bytes, kept[KEPT_COUNT], kept_bytes, parts, parts_past, parts_through; /* atomic each */
static char log_path[4096];                                         /* empty: standard error */
static int standard_error = -1;                                     /* a copy: programs close theirs before they end */
static struct stat error_facts;                                     /* of that: the program may have closed it, and have another under its number */

static void add(uint64_t *count, uint64_t more)
{
    __atomic_fetch_add(count, more, __ATOMIC_RELAXED);
}

void count_boosted(uint64_t size)
{
    add(&boosted, 1);
    add(&boosted_bytes, size);
}

void count_kept(enum give_up why, uint64_t size)
{
    add(&kept[why], 1);
    add(&kept_bytes, size);
}

void count_part(void)
{
    add(&parts, 1);
}

void count_part_read(uint64_t bytes)
{
    add(&parts_past, bytes);
}

void count_part_through(long result)
{
    if (result > 0)
        add(&parts_through, (uint64_t)result);
}

void counts_reset(void)
{
    boosted = boosted_bytes = kept_bytes = parts = parts_past = parts_through = 0;
    memset(kept, 0, sizeof kept);
}

void report_prepare(void)
{
    const char *path = secure_getenv("NNPFS_BOOSTER_LOGFILE");
    if (path == NULL || *path == '\0')
        path = secure_getenv("GLFS_BOOSTER_LOGFILE");
    if (path != NULL && strlen(path) < sizeof log_path)
        strcpy(log_path, path);
    if (settings.report && log_path[0] == '\0') {
        int copy = sys_fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
        standard_error = copy < 0 ? -1 : sys_move_high(copy);
        if (standard_error >= 0 && sys_fstat(standard_error, &error_facts) != 0)
            standard_error = -1;
    }
}

/* One write, so that lines of several processes do not mix. */
static void write_text(const char *text, size_t length)
{
    struct stat facts;
    int fd = standard_error;
    if (fd >= 0 && (sys_fstat(fd, &facts) != 0 || facts.st_dev != error_facts.st_dev || facts.st_ino != error_facts.st_ino))
        return;
    if (log_path[0] != '\0')
        fd = (int)syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0)
        return;
    long written = syscall(SYS_write, fd, text, length);
    (void)written; /* there is nobody to tell */
    if (log_path[0] != '\0')
        sys_close(fd);
}

struct text {
    char bytes[1024];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->bytes + text->length, sizeof text->bytes - text->length, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->length += (size_t)length < sizeof text->bytes - text->length ? (size_t)length : sizeof text->bytes - text->length - 1;
}

static void put_head(struct text *text)
{
    put(text, "nnpfs-booster: %s[%d]: ", program_invocation_short_name, sys_process());
}

void log_line(const char *what, const char *more)
{
    if (log_path[0] == '\0')
        return;
    int saved = errno;
    struct text text = {.length = 0};
    put_head(&text);
    put(&text, "%s: %s\n", what, more);
    write_text(text.bytes, text.length);
    errno = saved;
}

__attribute__((destructor)) static void report(void)
{
    if (!settings.report || settings.process != sys_process())
        return;
    uint64_t through = 0;
    for (int why = 0; why < KEPT_COUNT; why++)
        through += kept[why];
    if (boosted + through + parts == 0)
        return;
    struct text text = {.length = 0};
    put_head(&text);
    put(&text, "past FUSE %llu files of %llu bytes, through FUSE %llu files of %llu bytes", (unsigned long long)boosted,
        (unsigned long long)boosted_bytes, (unsigned long long)through, (unsigned long long)kept_bytes);
    if (parts > 0)
        put(&text, ", in parts %llu files: %llu bytes read past FUSE and %llu through it", (unsigned long long)parts, (unsigned long long)parts_past,
            (unsigned long long)parts_through);
    for (int why = 0; why < KEPT_COUNT; why++)
        if (kept[why] > 0)
            put(&text, ", %s %llu", reasons[why], (unsigned long long)kept[why]);
    put(&text, "\n");
    write_text(text.bytes, text.length);
}
