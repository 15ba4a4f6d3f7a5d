/* The environment, read once before main; and what a fork changes. */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_BY_DEFAULT (128u << 10) /* docs/booster.md has the measurement */

struct settings settings;

/* Bytes, with K, M or G behind them. What is no size counts as the default. */
static uint64_t size_of(const char *text, uint64_t otherwise)
{
    char *end;
    if (text == NULL || *text < '0' || *text > '9')
        return otherwise;
    uint64_t size = strtoull(text, &end, 10);
    int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    return end[shift > 0] == '\0' ? size << shift : otherwise;
}

static bool has(const char *list, const char *name)
{
    size_t length = strlen(name);
    while (list != NULL && *list != '\0') {
        const char *end = strchrnul(list, ':');
        if ((size_t)(end - list) == length && memcmp(list, name, length) == 0)
            return true;
        list = *end == ':' ? end + 1 : end;
    }
    return false;
}

static void in_child(void)
{
    settings.process = sys_process();
    counts_reset();
    mounts_forked();
    parts_forked();
}

/* pthread_atfork is linked into every program of glibc's, and calls the first of these; musl has only the second. Whichever is
 * not there is NULL, so that one library serves programs of both. */
int __register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void), void *library) __attribute__((weak));
int pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void)) __attribute__((weak));
extern void *__dso_handle;

static bool hear_of_forks(void)
{
    return __register_atfork != NULL ? __register_atfork(NULL, NULL, in_child, __dso_handle) == 0
                                     : pthread_atfork != NULL && pthread_atfork(NULL, NULL, in_child) == 0;
}

__attribute__((constructor)) static void begin(void)
{
    int saved = errno;
    const char *word = secure_getenv("NNPFS_BOOSTER"), *report = secure_getenv("NNPFS_BOOSTER_REPORT");
    settings.process = sys_process();
    settings.least = size_of(secure_getenv("NNPFS_BOOSTER_MIN"), LEAST_BY_DEFAULT);
    settings.report = report != NULL && strcmp(report, "1") == 0;
    bool off = (word != NULL && strcmp(word, "off") == 0) || has(secure_getenv("NNPFS_BOOSTER_SKIP"), program_invocation_short_name);
    report_prepare();
    reads_prepare();
    settings.enabled = !off && hear_of_forks();
    errno = saved;
}
