/* Files that are not whole: the program keeps its FUSE descriptor, and reads of pages that are in the cache are taken from
 * the cache's file, of which we have a descriptor under a number of our own. docs/adr/0009 has why it is made so.
 *
 * Nobody waits for anybody here, and nothing that is found is believed: each entry is guarded by a count that is odd while
 * it is written; the number that a program reads by, and our own, may have been closed and used again behind our back, by
 * any thread at any moment. So what was read counts only where, after the reading, all is as it was before. */
#define _GNU_SOURCE
#include "internal.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOST_PARTS 32
#define MOST_NUMBERS 1024
#define MAP_ROOM (64u << 10) /* of each: BOOST_MOST_BLOCKS fill it */
#define LEAST_PAGE 4096u
#define TAG_BIT (1LL << 39) /* no file system's largest offset is below twice that */
#define BITS 64

enum value { NUMBER, OURS, TAG, DEVICE, INODE, SIZE, SECONDS, NANOSECONDS, PAGE, VALUES };

struct part {
    uint64_t count;     /* atomic: odd while it is written */
    uint64_t seen_mark; /* atomic: the reader has been to FUSE for this one */
    int64_t values[VALUES]; /* atomic each; NUMBER is -1 in a free one */
};

struct view {
    int slot;
    uint64_t count;
    int64_t values[VALUES];
};

static struct part parts[MOST_PARTS];
static uint8_t slot_of[MOST_NUMBERS]; /* atomic each: 1 more than the place; 0: none */
static char *room;                    /* atomic: MAP_ROOM for each place. Never given back: it can be read at any time */
int parts_open;                       /* atomic */

__attribute__((constructor(101))) static void parts_begin(void)
{
    for (int slot = 0; slot < MOST_PARTS; slot++)
        parts[slot].values[NUMBER] = -1;
}

static bool look(int slot, struct view *view)
{
    struct part *part = &parts[slot];
    view->slot = slot;
    view->count = __atomic_load_n(&part->count, __ATOMIC_ACQUIRE);
    for (int i = 0; i < VALUES; i++)
        view->values[i] = __atomic_load_n(&part->values[i], __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return (view->count & 1) == 0 && __atomic_load_n(&part->count, __ATOMIC_RELAXED) == view->count;
}

static bool is_as_seen(const struct view *view)
{
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return __atomic_load_n(&parts[view->slot].count, __ATOMIC_RELAXED) == view->count;
}

static bool find(int fd, struct view *view)
{
    int slot = fd < 0 || fd >= MOST_NUMBERS ? 0 : __atomic_load_n(&slot_of[fd], __ATOMIC_RELAXED);
    return slot > 0 && look(slot - 1, view) && view->values[NUMBER] == fd;
}

/* The program's number still is of that file in that version. Asks the kernel alone, never the driver. */
static bool is_theirs(const struct view *view)
{
    struct statx facts;
    return syscall(SYS_statx, (int)view->values[NUMBER], "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO | STATX_SIZE | STATX_MTIME, &facts) == 0 &&
           (int64_t)makedev(facts.stx_dev_major, facts.stx_dev_minor) == view->values[DEVICE] && (int64_t)facts.stx_ino == view->values[INODE] &&
           (int64_t)facts.stx_size == view->values[SIZE] && facts.stx_mtime.tv_sec == view->values[SECONDS] &&
           facts.stx_mtime.tv_nsec == (uint64_t)view->values[NANOSECONDS];
}

/* Our number still is of our own opening: nobody else has one with that offset, which nobody ever moves. */
static bool is_ours(const struct view *view)
{
    return syscall(SYS_lseek, (int)view->values[OURS], 0, SEEK_CUR) == view->values[TAG];
}

static const struct boost_map *map_of(int slot)
{
    return (const struct boost_map *)(__atomic_load_n(&room, __ATOMIC_ACQUIRE) + (size_t)slot * MAP_ROOM);
}

/* Nothing is filled there, as far as readers see who come too late. */
static void clear_map(int slot)
{
    sys_map((void *)(uintptr_t)map_of(slot), MAP_ROOM, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1);
}

static bool is_filled(const struct view *view, int64_t offset, int64_t length)
{
    const struct boost_map *map = map_of(view->slot);
    uint64_t first = (uint64_t)(offset / view->values[PAGE]), last = (uint64_t)((offset + length - 1) / view->values[PAGE]);
    for (uint64_t block = first / BITS; block <= last / BITS; block++) {
        uint64_t wanted = ~0ull;
        if (block == first / BITS)
            wanted &= ~0ull << first % BITS;
        if (block == last / BITS)
            wanted &= ~0ull >> (BITS - 1 - last % BITS);
        if ((__atomic_load_n(&map->blocks[block], __ATOMIC_ACQUIRE) & wanted) != wanted)
            return false;
    }
    return true;
}

/* The driver waits for a read that gets so far, to have more fetched: it is to see one. */
static bool passes_mark(const struct view *view, int64_t end)
{
    uint64_t mark = __atomic_load_n(&map_of(view->slot)->mark, __ATOMIC_RELAXED), *seen = &parts[view->slot].seen_mark;
    if ((uint64_t)end <= mark || __atomic_load_n(seen, __ATOMIC_RELAXED) == mark)
        return false;
    __atomic_store_n(seen, mark, __ATOMIC_RELAXED);
    return true;
}

static int64_t length_of(const struct iovec *vectors, int count)
{
    int64_t length = 0;
    for (int i = 0; i < count; i++) {
        if (vectors[i].iov_len > (size_t)(INT32_MAX - length)) /* the kernel cuts what is longer */
            return -1;
        length += (int64_t)vectors[i].iov_len;
    }
    return length;
}

/* How many bytes of a read at that offset can be had here: all that FUSE would give, or none. */
static int64_t part_of(const struct view *view, struct iovec *vectors, int count, int64_t offset)
{
    int64_t length = length_of(vectors, count);
    if (length <= 0 || offset < 0 || offset >= view->values[SIZE])
        return 0;
    int64_t left = view->values[SIZE] - offset;
    if (length > left && count == 1)
        vectors[0].iov_len = (size_t)(length = left);
    return length <= left && is_filled(view, offset, length) && !passes_mark(view, offset + length) ? length : 0;
}

/* Reads by our own descriptor. True: those are the bytes. */
static bool take(const struct view *view, const struct iovec *vectors, int count, int64_t offset, int64_t length)
{
    if (offset > view->values[SIZE] - length) /* the map ends there */
        return false;
    long got = count == 1 ? syscall(SYS_pread64, (int)view->values[OURS], vectors->iov_base, vectors->iov_len, offset)
                          : syscall(SYS_preadv, (int)view->values[OURS], vectors, (long)count, offset, 0L);
    return got == length && is_ours(view) && is_filled(view, offset, length) && is_as_seen(view);
}

static bool is_guest(void)
{
    return settings.process != sys_process();
}

static void leave(const struct view *view)
{
    struct part *part = &parts[view->slot];
    uint64_t count = view->count;
    if (!__atomic_compare_exchange_n(&part->count, &count, count + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return; /* somebody else does */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    __atomic_store_n(&slot_of[view->values[NUMBER]], 0, __ATOMIC_RELAXED);
    if (is_ours(view))
        sys_close((int)view->values[OURS]);
    clear_map(view->slot);
    __atomic_store_n(&part->values[NUMBER], -1, __ATOMIC_RELAXED);
    __atomic_store_n(&part->count, count + 2, __ATOMIC_RELEASE);
    __atomic_fetch_sub(&parts_open, 1, __ATOMIC_RELAXED);
}

void parts_forget(int fd)
{
    struct view view;
    if (find(fd, &view) && !is_guest())
        leave(&view);
}

/* It failed: where one of the two numbers is another file's by now, it always will. */
static void doubt(const struct view *view)
{
    if (!is_guest() && !(is_theirs(view) && is_ours(view)))
        leave(view);
}

long parts_read_at(int fd, struct iovec *vectors, int count, int64_t offset)
{
    struct view view;
    if (length_of(vectors, count) < LEAST_READ_AT || !find(fd, &view))
        return -1;
    int64_t length = part_of(&view, vectors, count, offset);
    if (length <= 0)
        return -1;
    if (take(&view, vectors, count, offset, length) && is_theirs(&view)) {
        count_part_read((uint64_t)length);
        return length;
    }
    doubt(&view);
    return -1;
}

/* A read at the kernel's offset, which others may share and move at any moment, by descriptors that we know nothing of. So
 * it is moved first, by one call, as a read itself would: the range that it was moved over is ours alone. */
long parts_read(int fd, struct iovec *vectors, int count)
{
    struct view view;
    if (length_of(vectors, count) < LEAST_READ || !find(fd, &view))
        return -1;
    int64_t offset = syscall(SYS_lseek, fd, 0, SEEK_CUR), length = offset < 0 ? 0 : part_of(&view, vectors, count, offset);
    if (length <= 0)
        return -1;
    if (!is_theirs(&view)) {
        doubt(&view);
        return -1;
    }
    int64_t end = syscall(SYS_lseek, fd, length, SEEK_CUR);
    if (end < length)
        return -1;
    int64_t start = end - length;
    if (take(&view, vectors, count, start, length)) {
        count_part_read((uint64_t)length);
        return length;
    }
    /* Somebody else moved it meanwhile, or the page has just gone. */
    long got = syscall(SYS_preadv, fd, vectors, (long)count, start, 0L);
    int failure = errno;
    doubt(&view);
    if (got < length)
        syscall(SYS_lseek, fd, (got > 0 ? got : 0) - length, SEEK_CUR);
    count_part_through(got);
    errno = failure;
    return got < 0 ? PART_FAILED : got;
}

static bool make_room(void)
{
    if (__atomic_load_n(&room, __ATOMIC_ACQUIRE) != NULL)
        return true;
    char *made = sys_map(NULL, (size_t)MOST_PARTS * MAP_ROOM, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1), *none = NULL;
    if (made != NULL && !__atomic_compare_exchange_n(&room, &none, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        syscall(SYS_munmap, made, (size_t)MOST_PARTS * MAP_ROOM); /* another thread was first */
    return made != NULL;
}

/* A place, its count made odd; -1: none. */
static int take_place(uint64_t *count)
{
    for (int slot = 0; slot < 2 * MOST_PARTS; slot++) {
        struct view view;
        if (!look(slot % MOST_PARTS, &view))
            continue;
        if (slot >= MOST_PARTS && view.values[NUMBER] >= 0 && !is_theirs(&view)) { /* all are taken: by files that are closed? */
            leave(&view);
            if (!look(slot % MOST_PARTS, &view))
                continue;
        }
        *count = view.count;
        if (view.values[NUMBER] < 0 && __atomic_compare_exchange_n(&parts[view.slot].count, count, *count + 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return view.slot;
    }
    return -1;
}

/* A map that cannot be made shorter under our eyes, with a word for each block of such a file. The page's size, or 0. */
static int64_t map_at(int slot, int fd, int64_t size)
{
    struct stat facts;
    int seals = sys_fcntl(fd, F_GET_SEALS, 0);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || sys_fstat(fd, &facts) != 0 || facts.st_size < (off_t)sizeof(struct boost_map) ||
        facts.st_size > MAP_ROOM)
        return 0;
    if (sys_map((void *)(uintptr_t)map_of(slot), (size_t)facts.st_size, MAP_SHARED | MAP_FIXED, fd) == NULL)
        return 0;
    uint64_t page = map_of(slot)->page_size, blocks = ((uint64_t)facts.st_size - sizeof(struct boost_map)) / sizeof(uint64_t);
    bool is_sound = page >= LEAST_PAGE && page <= UINT32_MAX && (page & (page - 1)) == 0 && ((uint64_t)size - 1) / page / BITS < blocks;
    if (!is_sound)
        clear_map(slot);
    return is_sound ? (int64_t)page : 0;
}

static int64_t tag(int fd)
{
    uint64_t random;
    if (syscall(SYS_getrandom, &random, sizeof random, GRND_NONBLOCK) != sizeof random)
        return 0;
    int64_t tag = (int64_t)(random % TAG_BIT) | TAG_BIT;
    return syscall(SYS_lseek, fd, tag, SEEK_SET) == tag ? tag : 0;
}

/* Takes over lent->file. */
enum give_up parts_add(int fd, const struct stat *facts, const struct lent *lent)
{
    uint64_t count;
    int slot = fd < MOST_NUMBERS && make_room() ? take_place(&count) : -1, ours = sys_move_high(lent->file);
    if (slot < 0 && ours >= 0)
        sys_close(ours);
    if (slot < 0)
        return KEPT_CROWDED;
    int64_t page = map_at(slot, lent->map, facts->st_size), offset = ours < 0 ? 0 : tag(ours);
    struct part *part = &parts[slot];
    if (page > 0 && offset > 0) {
        int64_t values[VALUES] = {[NUMBER] = fd, [OURS] = ours, [TAG] = offset, [DEVICE] = (int64_t)facts->st_dev, [INODE] = (int64_t)facts->st_ino,
                                  [SIZE] = facts->st_size, [SECONDS] = facts->st_mtim.tv_sec, [NANOSECONDS] = facts->st_mtim.tv_nsec, [PAGE] = page};
        __atomic_thread_fence(__ATOMIC_RELEASE);
        for (int i = 0; i < VALUES; i++)
            __atomic_store_n(&part->values[i], values[i], __ATOMIC_RELAXED);
        __atomic_store_n(&part->seen_mark, ~0ull, __ATOMIC_RELAXED);
        __atomic_store_n(&slot_of[fd], (uint8_t)(slot + 1), __ATOMIC_RELAXED);
        __atomic_fetch_add(&parts_open, 1, __ATOMIC_RELAXED);
    } else if (ours >= 0) {
        sys_close(ours);
    }
    __atomic_store_n(&part->count, count + 2, __ATOMIC_RELEASE);
    return page > 0 && offset > 0 ? KEPT_NONE : ours < 0 ? KEPT_DESCRIPTORS : KEPT_ANSWER;
}

bool parts_knows(int fd)
{
    return fd >= 0 && fd < MOST_NUMBERS && __atomic_load_n(&slot_of[fd], __ATOMIC_RELAXED) != 0;
}

bool parts_has(int fd)
{
    struct view view;
    return find(fd, &view) && is_theirs(&view) && is_ours(&view);
}

/* In the child of a fork: what another thread was writing, nobody finishes. */
void parts_forked(void)
{
    parts_open = 0;
    for (int slot = 0; slot < MOST_PARTS; slot++) {
        if ((parts[slot].count & 1) == 0) {
            parts_open += parts[slot].values[NUMBER] >= 0;
            continue;
        }
        for (int fd = 0; fd < MOST_NUMBERS; fd++)
            if (slot_of[fd] == slot + 1)
                slot_of[fd] = 0;
        clear_map(slot);
        parts[slot].values[NUMBER] = -1;
        parts[slot].count++;
    }
}
