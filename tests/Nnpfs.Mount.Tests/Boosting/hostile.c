/* What a hostile driver may send: connection.c takes the one descriptor that it should, parts.c the one map, and none of the others stays open. */
#define _GNU_SOURCE
#include "../../../booster/internal.h"
#include "../../../booster/protocol.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 5000

static int ours, theirs, checks;
static struct connection connection;

static int open_descriptors(void)
{
    int count = 0;
    for (int fd = 0; fd < 1100; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void send_packet(const void *bytes, size_t length, const int *files, int count)
{
    char room[CMSG_SPACE(64 * sizeof(int))] = {0};
    struct iovec vector = {(void *)bytes, length};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = room;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(part), files, (size_t)count * sizeof(int));
    }
    if (sendmsg(theirs, &message, 0) < 0) {
        perror("sendmsg");
        exit(1);
    }
}

static struct boost_grant grant(uint64_t tag)
{
    return (struct boost_grant){BOOST_VERSION, BOOST_SENT, tag, SIZE};
}

static void expect(const char *what, enum give_up expected)
{
    int before = open_descriptors(), received = -1;
    enum give_up why = connection_take(&connection, 7, BOOST_SENT, SIZE, &received);
    if (why == KEPT_NONE)
        close(received);
    int left = open_descriptors() - before;
    if (why != expected || (why == KEPT_NONE) != (received >= 0) || left != 0) {
        fprintf(stderr, "%s: %d, not %d; %d descriptors left\n", what, why, expected, left);
        exit(1);
    }
    checks++;
}

static void send_file(int file)
{
    struct boost_grant answer = grant(7);
    send_packet(&answer, sizeof answer, &file, 1);
}

/* A map with so many blocks, each of them full. */
static int make_map(uint64_t page, int blocks, int seals)
{
    struct boost_map head = {.page_size = page, .mark = ~0ull};
    uint64_t full = ~0ull;
    int map = memfd_create("map", MFD_ALLOW_SEALING);
    if (write(map, &head, sizeof head) != sizeof head)
        exit(1);
    for (int i = 0; i < blocks; i++)
        if (write(map, &full, sizeof full) != sizeof full)
            exit(1);
    fcntl(map, F_ADD_SEALS, seals);
    return map;
}

static void expect_part(const char *what, int fd, int map, uint64_t size, enum give_up expected)
{
    static char bytes[40000];
    struct stat facts;
    struct iovec vector = {bytes, sizeof bytes};
    int before = open_descriptors();
    struct lent lent = {dup(fd), map};
    if (fstat(fd, &facts) != 0)
        exit(1);
    facts.st_size = (off_t)size;
    enum give_up why = parts_add(fd, &facts, &lent);
    long got = parts_read_at(fd, &vector, 1, 4096);
    parts_forget(fd);
    close(map);
    int left = open_descriptors() - before + 1;
    if (why != expected || got != (why == KEPT_NONE ? (long)sizeof bytes : -1) || left != 0) {
        fprintf(stderr, "%s: %d, not %d; %ld bytes; %d descriptors left\n", what, why, expected, got, left);
        exit(1);
    }
    checks++;
}

static void expect_parts(int cache, int strange)
{
    const int sealed = F_SEAL_SHRINK;
    expect_part("a map", cache, make_map(4096, 1, sealed), 100000, KEPT_NONE);
    expect_part("one with more than is needed", cache, make_map(4096, 500, sealed), 100000, KEPT_NONE);
    expect_part("one that can become shorter", cache, make_map(4096, 1, 0), 100000, KEPT_ANSWER);
    expect_part("one without blocks", cache, make_map(4096, 0, sealed), 100000, KEPT_ANSWER);
    expect_part("one with too few", cache, make_map(4096, 1, sealed), 4096 * 64 + 1, KEPT_ANSWER);
    expect_part("one with too many", cache, make_map(4096, BOOST_MOST_BLOCKS + 1, sealed), 100000, KEPT_ANSWER);
    expect_part("no size of a page", cache, make_map(0, 1, sealed), 100000, KEPT_ANSWER);
    expect_part("a small page", cache, make_map(2048, 1, sealed), 100000, KEPT_ANSWER);
    expect_part("an odd page", cache, make_map(4097, 1, sealed), 100000, KEPT_ANSWER);
    expect_part("a huge page", cache, make_map(1ull << 40, 1, sealed), 100000, KEPT_ANSWER);
    expect_part("no map", cache, dup(strange), 100000, KEPT_ANSWER);
}

int main(void)
{
    int pair[2], pipes[2], files[64];
    settings.process = sys_process();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) != 0 || pipe(pipes) != 0)
        return 1;
    ours = pair[0], theirs = pair[1];
    connection.fd = ours;
    char path[64];
    int good = memfd_create("good", 0);
    if (ftruncate(good, SIZE) != 0)
        return 1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", good);
    int file = open(path, O_RDONLY), other = memfd_create("other", 0), directory = open("/", O_RDONLY), bare = open(path, O_PATH);
    for (int i = 0; i < 64; i++)
        files[i] = file;

    send_file(file);
    expect("a file", KEPT_NONE);
    expect("nothing", KEPT_SOCKET);
    send_file(good);
    expect("open for writing", KEPT_ANSWER);
    send_file(bare);
    expect("a path", KEPT_ANSWER);
    send_file(other);
    expect("another size", KEPT_ANSWER);
    send_file(pipes[0]);
    expect("a pipe", KEPT_ANSWER);
    send_file(theirs);
    expect("a socket", KEPT_ANSWER);
    send_file(directory);
    expect("a directory", KEPT_ANSWER);
    struct boost_grant answer = grant(7);
    send_packet(&answer, sizeof answer, NULL, 0);
    expect("no file", KEPT_ANSWER);
    send_packet(&answer, sizeof answer, files, 2);
    expect("two files", KEPT_ANSWER);
    send_packet(&answer, sizeof answer, files, 4);
    expect("four files", KEPT_ANSWER);
    send_packet(&answer, sizeof answer, files, 64);
    expect("many files", KEPT_DESCRIPTORS);
    answer.outcome = BOOST_NO_ROOM;
    send_packet(&answer, sizeof answer, files, 1);
    expect("a file with a refusal", KEPT_ANSWER);
    answer = grant(6);
    send_packet(&answer, sizeof answer, files, 1);
    send_file(file);
    expect("one for another question, then ours", KEPT_NONE);
    send_packet(&answer, sizeof answer - 1, files, 1);
    send_packet("x", 1, files, 3);
    send_file(file);
    expect("short ones, then ours", KEPT_NONE);
    char large[5000];
    memset(large, 0, sizeof large);
    answer = grant(7);
    memcpy(large, &answer, sizeof answer);
    send_packet(large, sizeof large, files, 1);
    expect("a long one", KEPT_ANSWER);
    answer.version = 2;
    send_packet(&answer, sizeof answer, files, 1);
    expect("another version", KEPT_SOCKET);
    for (int i = 0; i < 70; i++) {
        answer = grant((uint64_t)i + 100);
        send_packet(&answer, sizeof answer, files, 1);
    }
    expect("more strange ones than are looked at", KEPT_SOCKET);
    expect("the rest of them", KEPT_SOCKET);
    send_file(file);
    expect("ours, after all", KEPT_NONE);
    close(theirs);
    expect("the end", KEPT_SOCKET);
    int cache = memfd_create("cache", 0);
    if (ftruncate(cache, 100000) != 0)
        return 1;
    expect_parts(cache, pipes[0]);
    printf("%d\n", checks);
    return 0;
}
