/* A connection to a mount's driver: made without waiting, and descriptors taken from it without waiting. */
#define _GNU_SOURCE
#include "internal.h"
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 4 /* room for more than the one that belongs in a packet: what else comes is closed */
#define MOST_PACKETS 64    /* left over from calls that were interrupted */

static bool is_ours(const struct connection *connection)
{
    struct stat facts;
    return sys_fstat(connection->fd, &facts) == 0 && S_ISSOCK(facts.st_mode) && facts.st_ino == connection->inode;
}

void connection_close(struct connection *connection)
{
    if (connection->process != 0 && is_ours(connection))
        sys_close(connection->fd);
    connection->process = 0;
}

static bool say_hello(const struct connection *connection)
{
    struct boost_hello hello = {.version = BOOST_VERSION};
    for (int i = 0; i < 16; i++)
        hello.secret[i] = (uint8_t)(connection->secret[i / 8] >> (56 - 8 * (i % 8)));
    return syscall(SYS_sendto, connection->fd, &hello, sizeof hello, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0) == sizeof hello;
}

enum give_up connection_open(struct connection *connection, const uint64_t identity[2])
{
    if (connection->process == settings.process && is_ours(connection) && connection->identity[0] == identity[0] &&
        connection->identity[1] == identity[1])
        return KEPT_NONE;
    connection_close(connection);

    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, BOOST_SOCKET_PREFIX "%016llx%016llx", (unsigned long long)identity[0],
                          (unsigned long long)identity[1]);
    int fd = (int)syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        fd = sys_move_high(fd);
    if (fd < 0)
        return KEPT_DESCRIPTORS;
    connection->fd = fd;
    struct stat facts;
    if (sys_fstat(fd, &facts) == 0 &&
        syscall(SYS_connect, fd, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0 &&
        syscall(SYS_getrandom, connection->secret, sizeof connection->secret, GRND_NONBLOCK) == sizeof connection->secret && say_hello(connection)) {
        connection->inode = facts.st_ino;
        connection->process = settings.process;
        connection->identity[0] = identity[0];
        connection->identity[1] = identity[1];
        return KEPT_NONE;
    }
    sys_close(fd);
    return KEPT_SOCKET;
}

/* The one descriptor of a packet, or -1: then all that came are closed. */
static int descriptor_of(struct msghdr *message)
{
    int found[MOST_DESCRIPTORS], count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= part->cmsg_len && count < MOST_DESCRIPTORS; at += sizeof(int))
            memcpy(&found[count++], CMSG_DATA(part) + at, sizeof(int));
    }
    if (count == 1 && (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
        return found[0];
    while (count > 0)
        sys_close(found[--count]);
    return -1;
}

/* A regular file of that size (0: of any), open for reading alone: nothing else is ever put under a number of the program's. */
static bool is_sound(int fd, uint64_t size)
{
    struct stat facts;
    int flags = sys_fcntl(fd, F_GETFL, 0);
    return flags >= 0 && (flags & (O_ACCMODE | O_PATH)) == O_RDONLY && sys_fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
           (size == 0 || (uint64_t)facts.st_size == size);
}

enum give_up connection_take(struct connection *connection, uint64_t tag, uint32_t outcome, uint64_t size, int *received)
{
    for (int packet = 0; packet < MOST_PACKETS; packet++) {
        struct boost_grant grant;
        union {
            char room[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
            struct cmsghdr aligned;
        } control;
        struct iovec vector = {&grant, sizeof grant};
        struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        long length = syscall(SYS_recvmsg, connection->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (length <= 0)
            return KEPT_SOCKET;
        bool is_cut = (message.msg_flags & MSG_CTRUNC) != 0;
        int fd = descriptor_of(&message);
        if (length == sizeof grant && grant.version == BOOST_VERSION && grant.tag == tag) {
            if (fd >= 0 && grant.outcome == outcome && is_sound(fd, size)) {
                *received = fd;
                return KEPT_NONE;
            }
            if (fd >= 0)
                sys_close(fd);
            return is_cut ? KEPT_DESCRIPTORS : KEPT_ANSWER;
        }
        if (fd >= 0)
            sys_close(fd);
    }
    return KEPT_SOCKET;
}
