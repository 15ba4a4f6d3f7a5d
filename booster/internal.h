/* What the parts of the booster share. Rules that hold everywhere: no memory is allocated, no lock is waited for, every
 * system call is raw (so that none is a cancellation point), and errno is as the program's own call left it. */
#ifndef NNPFS_BOOSTER_INTERNAL_H
#define NNPFS_BOOSTER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#define EXPORT __attribute__((visibility("default")))

/* Why a file of a mount stays with FUSE. The first ones are the driver's answers, in its order. */
enum give_up {
    KEPT_NONE,
    KEPT_NOT_WHOLE,
    KEPT_MANY_FILES,
    KEPT_NO_FILE,
    KEPT_NO_ROOM,
    KEPT_PASSTHROUGH,
    KEPT_STRANGER,
    KEPT_SLOW,
    KEPT_SMALL,
    KEPT_FLAGS,
    KEPT_OFF,
    KEPT_FORKED,
    KEPT_BUSY,
    KEPT_SOCKET,
    KEPT_DESCRIPTORS,
    KEPT_FORBIDDEN,
    KEPT_INTERRUPTED,
    KEPT_ANSWER,
    KEPT_CROWDED,
    KEPT_COUNT,
};

/* settings.c: read once, before main */
struct settings {
    bool enabled;
    bool report;
    uint64_t least; /* bytes: smaller files stay with FUSE */
    int process;    /* whose state this is: another number means that we are a vfork's or clone's child, and guests in its memory */
};
extern struct settings settings;

/* report.c */
void count_boosted(uint64_t size);
void count_kept(enum give_up why, uint64_t size);
void count_part(void);
void count_part_read(uint64_t bytes);
void count_part_through(long result);
void counts_reset(void);
void report_prepare(void);
void log_line(const char *what, const char *more);

/* facts.c: what fstat shows in place of a file of the cache */
void facts_keep(const struct stat *cache, const struct stat *mount);
bool facts_hide(struct stat *facts);
bool facts_known(const struct stat *cache);

enum ask_way { ASK_WHOLE, ASK_PARTS_TOO, ASK_AS_OPEN };

/* What a driver lent. */
struct lent {
    int file; /* of the cache, for reading alone; -1: none */
    int map;  /* of those of its pages that are there; -1: it is whole */
};

/* mounts.c */
struct mount;
struct mount *mount_of(dev_t device, int fd);
void mounts_forked(void);
struct mount *mount_known(dev_t device);
enum give_up mount_ask(struct mount *mount, int fd, uint64_t size, enum ask_way way, struct lent *lent);

/* connection.c */
struct connection {
    int taken;           /* atomic: 1 while a thread uses it */
    int fd;
    int process;         /* that made it; 0: there is none. So all of them begin as zeros, which cost a program nothing */
    uint64_t inode;      /* of the socket: the program may have closed our descriptor, and have another under its number */
    uint64_t identity[2];
    uint64_t secret[2];
    uint64_t tag;
};
enum give_up connection_open(struct connection *connection, const uint64_t identity[2]);
void connection_close(struct connection *connection);
enum give_up connection_take(struct connection *connection, uint64_t tag, uint32_t outcome, uint64_t size, int *received);

/* parts.c: files that are read past FUSE where their pages are here. The two reads answer bytes; -1, having done nothing:
 * FUSE is to be asked; or PART_FAILED, with errno. They may shorten the vectors. */
#define PART_FAILED -2
#define LEAST_READ (64 << 10)    /* bytes: smaller ones are faster from what the kernel holds of the mount's file, once it does */
#define LEAST_READ_AT (32 << 10) /* the same, of those that leave the offset alone */
extern int parts_open;        /* atomic */
enum give_up parts_add(int fd, const struct stat *facts, const struct lent *lent);
void parts_forget(int fd);
bool parts_knows(int fd);
bool parts_has(int fd);
void parts_forked(void);
long parts_read_at(int fd, struct iovec *vectors, int count, int64_t offset);
long parts_read(int fd, struct iovec *vectors, int count);

/* system.c: raw calls. Each answers a negative errno. */
int sys_close(int fd);
int sys_openat(int directory, const char *path, int flags);
int sys_fstat(int fd, struct stat *facts);
int sys_fcntl(int fd, int command, long argument);
int sys_dup3(int from, int to, int flags);
long sys_fgetxattr(int fd, const char *name, void *value, size_t size);
long sys_getxattr_of(int fd, const char *name, void *value, size_t size);
int sys_process(void);
uint64_t sys_seconds(void);
int sys_move_high(int fd);
void *sys_map(void *place, size_t size, int flags, int fd);

/* boost.c */
#define OPEN_FAILED -2
void boost(int fd, int flags, bool is_stream);
int boost_open(int directory, const char *path, int flags);

/* reads.c */
void reads_prepare(void);

#endif
