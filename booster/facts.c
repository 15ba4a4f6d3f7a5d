/* What fstat shows of files that are read past FUSE: what the mount showed when they were opened. Found by the cache's file
 * itself, whatever number its descriptor has got by dup, fork or a socket. Each entry is guarded by a count that is odd
 * while it is written: readers look again, writers go elsewhere, and nobody waits. */
#define _GNU_SOURCE
#include "internal.h"

#include <string.h>

#define SETS 256
#define WAYS 4
#define WORDS (sizeof(struct stat) / sizeof(uint64_t))

_Static_assert(sizeof(struct stat) % sizeof(uint64_t) == 0, "struct stat is copied by words");

struct entry {
    uint64_t count;      /* atomic: 0 is empty */
    uint64_t key[6];     /* atomic each */
    uint64_t facts[WORDS]; /* atomic each */
};

static struct entry entries[SETS][WAYS];
static unsigned turn; /* atomic */
static bool is_used;  /* atomic: programs that read nothing past FUSE never touch the table */

/* A file that was unlinked keeps all of these, and no later one with its number has them all. */
static void key_of(const struct stat *cache, uint64_t key[6])
{
    key[0] = cache->st_dev;
    key[1] = cache->st_ino;
    key[2] = (uint64_t)cache->st_size;
    key[3] = (uint64_t)cache->st_mtim.tv_sec;
    key[4] = (uint64_t)cache->st_mtim.tv_nsec;
    key[5] = (uint64_t)cache->st_uid << 32 | cache->st_mode;
}

static struct entry *set_of(const uint64_t key[6])
{
    uint64_t hash = (key[1] ^ key[0] << 7) * 0x9E3779B97F4A7C15u;
    return entries[hash >> 56];
}

static bool read_entry(struct entry *entry, const uint64_t key[6], uint64_t facts[WORDS])
{
    uint64_t before = __atomic_load_n(&entry->count, __ATOMIC_ACQUIRE);
    if (before == 0 || (before & 1) != 0)
        return false;
    for (int i = 0; i < 6; i++)
        if (__atomic_load_n(&entry->key[i], __ATOMIC_RELAXED) != key[i])
            return false;
    for (size_t i = 0; i < WORDS; i++)
        facts[i] = __atomic_load_n(&entry->facts[i], __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&entry->count, __ATOMIC_RELAXED) == before;
}

static bool find(const struct stat *cache, uint64_t facts[WORDS])
{
    if (!__atomic_load_n(&is_used, __ATOMIC_RELAXED))
        return false;
    uint64_t key[6];
    key_of(cache, key);
    struct entry *set = set_of(key);
    for (int way = 0; way < WAYS; way++)
        if (read_entry(&set[way], key, facts))
            return true;
    return false;
}

bool facts_known(const struct stat *cache)
{
    uint64_t facts[WORDS];
    return find(cache, facts);
}

bool facts_hide(struct stat *facts)
{
    uint64_t words[WORDS];
    if (!S_ISREG(facts->st_mode) || !find(facts, words))
        return false;
    memcpy(facts, words, sizeof *facts);
    return true;
}

void facts_keep(const struct stat *cache, const struct stat *mount)
{
    uint64_t key[6], words[WORDS], known[WORDS];
    memcpy(words, mount, sizeof words);
    if (find(cache, known) && memcmp(known, words, sizeof words) == 0)
        return;
    key_of(cache, key);
    struct entry *set = set_of(key), *chosen = NULL;
    for (int way = 0; way < WAYS && chosen == NULL; way++)
        if (read_entry(&set[way], key, known))
            chosen = &set[way];
    for (int way = 0; way < WAYS && chosen == NULL; way++)
        if (__atomic_load_n(&set[way].count, __ATOMIC_RELAXED) == 0)
            chosen = &set[way];
    if (chosen == NULL)
        chosen = &set[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % WAYS];
    uint64_t count = __atomic_load_n(&chosen->count, __ATOMIC_RELAXED);
    if ((count & 1) != 0 || !__atomic_compare_exchange_n(&chosen->count, &count, count + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return; /* somebody writes it just now: fstat shows the cache's file */
    __atomic_store_n(&is_used, true, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    for (int i = 0; i < 6; i++)
        __atomic_store_n(&chosen->key[i], key[i], __ATOMIC_RELAXED);
    for (size_t i = 0; i < WORDS; i++)
        __atomic_store_n(&chosen->facts[i], words[i], __ATOMIC_RELAXED);
    __atomic_store_n(&chosen->count, count + 2, __ATOMIC_RELEASE);
}
