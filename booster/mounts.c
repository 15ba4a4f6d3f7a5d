/* The mounts that this process has met: one context for each, by the device number that its files show. Nobody waits for
 * anybody: all threads that meet a new mount at once find out the same of it and write the same. */
#define _GNU_SOURCE
#include "internal.h"
#include "protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MOST_MOUNTS 64
#define CONNECTIONS 16        /* threads of one process that can be boosted at the same moment, on one mount */
#define DOUBT_SECONDS 10      /* after which a mount that was none of ours, or is off, is looked at again: numbers of devices are used again */

enum mount_state { UNKNOWN, FOREIGN, OURS, OFF };

struct mount {
    uint64_t device;      /* atomic: 0 is a free place; it is never given back */
    int state;            /* atomic */
    uint64_t doubt_after; /* atomic: seconds */
    uint64_t identity[2]; /* atomic each */
    struct connection connections[CONNECTIONS];
};

static struct mount mounts[MOST_MOUNTS];

static struct mount *place_of(dev_t device, bool may_take)
{
    for (int i = 0; i < MOST_MOUNTS; i++) {
        struct mount *mount = &mounts[(device + (unsigned)i) % MOST_MOUNTS];
        uint64_t seen = __atomic_load_n(&mount->device, __ATOMIC_ACQUIRE);
        if (seen == 0 && !may_take)
            return NULL;
        if (seen == 0 && __atomic_compare_exchange_n(&mount->device, &seen, device, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return mount;
        if (seen == device)
            return mount;
    }
    return NULL;
}

static void set_state(struct mount *mount, enum mount_state state)
{
    __atomic_store_n(&mount->doubt_after, sys_seconds() + DOUBT_SECONDS, __ATOMIC_RELAXED);
    __atomic_store_n(&mount->state, state, __ATOMIC_RELEASE);
}

static bool parse_hex(const char *digits, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < 16; i++) {
        char digit = digits[i];
        int nibble = digit >= '0' && digit <= '9' ? digit - '0' : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
        if (nibble < 0)
            return false;
        *value = *value << 4 | (unsigned)nibble;
    }
    return true;
}

/* Asks the file system of a descriptor whether it is a mount of Nnpfs whose driver speaks our version. */
static void look(struct mount *mount, int fd)
{
    char value[2 + BOOST_IDENTITY_DIGITS + 1];
    uint64_t identity[2];
    long length = sys_fgetxattr(fd, BOOST_ATTRIBUTE, value, sizeof value - 1);
    if (length == -EACCES || length == -EPERM || length == -EINTR)
        return; /* says nothing of the mount */
    if (length != 2 + BOOST_IDENTITY_DIGITS || value[0] != '0' + BOOST_VERSION || value[1] != ' ' || !parse_hex(value + 2, &identity[0]) ||
        !parse_hex(value + 18, &identity[1])) {
        set_state(mount, FOREIGN);
        return;
    }
    __atomic_store_n(&mount->identity[0], identity[0], __ATOMIC_RELAXED);
    __atomic_store_n(&mount->identity[1], identity[1], __ATOMIC_RELAXED);
    set_state(mount, OURS);
}

struct mount *mount_of(dev_t device, int fd)
{
    struct mount *mount = place_of(device, true);
    if (mount == NULL)
        return NULL;
    int state = __atomic_load_n(&mount->state, __ATOMIC_ACQUIRE);
    if (state == UNKNOWN || (state != OURS && sys_seconds() > __atomic_load_n(&mount->doubt_after, __ATOMIC_RELAXED)))
        look(mount, fd);
    state = __atomic_load_n(&mount->state, __ATOMIC_ACQUIRE);
    return state == OURS || state == OFF ? mount : NULL;
}

struct mount *mount_known(dev_t device)
{
    struct mount *mount = place_of(device, false);
    int state = mount == NULL ? UNKNOWN : __atomic_load_n(&mount->state, __ATOMIC_ACQUIRE);
    return state == OURS || state == OFF ? mount : NULL;
}

static void turn_off(struct mount *mount, const char *why)
{
    if (__atomic_load_n(&mount->state, __ATOMIC_RELAXED) == OURS)
        log_line("off for a mount", why);
    set_state(mount, OFF);
}

/* What the kernel or the driver say in place of an answer. */
static enum give_up explain(struct mount *mount, long error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
        return KEPT_FORBIDDEN;
    case EINTR:
        return KEPT_INTERRUPTED;
    case ENOTCONN:
    case ECONNABORTED:
    case ENODEV:
        turn_off(mount, "its driver is gone");
        return KEPT_OFF;
    case ENODATA:
    case EOPNOTSUPP:
        turn_off(mount, "its driver speaks another version");
        return KEPT_OFF;
    default:
        return KEPT_ANSWER;
    }
}

/* The file that has some of it, and the map of that. */
static enum give_up take_part(struct connection *connection, uint64_t tag, struct lent *lent)
{
    enum give_up why = connection_take(connection, tag, BOOST_PART, 0, &lent->file);
    if (why == KEPT_NONE)
        why = connection_take(connection, tag, BOOST_PART, 0, &lent->map);
    if (why != KEPT_NONE && lent->file >= 0) {
        sys_close(lent->file);
        lent->file = -1;
    }
    return why;
}

static enum give_up ask(struct mount *mount, struct connection *connection, int fd, uint64_t size, enum ask_way way, struct lent *lent)
{
    uint64_t identity[2] = {__atomic_load_n(&mount->identity[0], __ATOMIC_RELAXED), __atomic_load_n(&mount->identity[1], __ATOMIC_RELAXED)};
    enum give_up why = connection_open(connection, identity);
    if (why != KEPT_NONE) {
        if (why == KEPT_SOCKET)
            turn_off(mount, "its driver takes no connection");
        return why;
    }
    static const char *const behind[] = {[ASK_WHOLE] = "", [ASK_PARTS_TOO] = BOOST_PARTS_TOO, [ASK_AS_OPEN] = BOOST_AS_OPEN};
    char name[sizeof BOOST_ATTRIBUTE + 65];
    struct boost_grant grant;
    uint64_t tag = ++connection->tag;
    snprintf(name, sizeof name, BOOST_ASK_FORMAT "%s", (unsigned long long)connection->secret[0], (unsigned long long)connection->secret[1],
             (unsigned long long)tag, behind[way]);
    long length = way == ASK_AS_OPEN ? sys_getxattr_of(fd, name, &grant, sizeof grant) : sys_fgetxattr(fd, name, &grant, sizeof grant);
    if (length < 0)
        return explain(mount, length);
    if (length != sizeof grant || grant.version != BOOST_VERSION || grant.tag != tag || grant.outcome > (way == ASK_PARTS_TOO ? BOOST_PART : BOOST_SLOW))
        return KEPT_ANSWER;
    if (grant.outcome == BOOST_PART)
        return take_part(connection, tag, lent);
    if (grant.outcome != BOOST_SENT)
        return (enum give_up)grant.outcome;
    return connection_take(connection, tag, BOOST_SENT, size, &lent->file);
}

/* Asks the driver for a descriptor of the content of what fd is open on. Waits for the file system as any call on fd does,
 * and for nothing else. */
enum give_up mount_ask(struct mount *mount, int fd, uint64_t size, enum ask_way way, struct lent *lent)
{
    if (__atomic_load_n(&mount->state, __ATOMIC_ACQUIRE) != OURS)
        return KEPT_OFF;
    for (int i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &mount->connections[i];
        int free = 0;
        if (!__atomic_compare_exchange_n(&connection->taken, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            continue;
        enum give_up why = ask(mount, connection, fd, size, way, lent);
        if (why == KEPT_STRANGER) { /* the driver has forgotten us, or is another one: once more */
            connection_close(connection);
            why = ask(mount, connection, fd, size, way, lent);
        }
        if (why == KEPT_SOCKET)
            connection_close(connection);
        __atomic_store_n(&connection->taken, 0, __ATOMIC_RELEASE);
        return why;
    }
    return KEPT_BUSY;
}

/* In the child of a fork: its parent's connections are its parent's. */
void mounts_forked(void)
{
    for (int i = 0; i < MOST_MOUNTS; i++) {
        if (mounts[i].device == 0)
            continue;
        for (int j = 0; j < CONNECTIONS; j++) {
            connection_close(&mounts[i].connections[j]);
            mounts[i].connections[j].taken = 0;
        }
    }
}
