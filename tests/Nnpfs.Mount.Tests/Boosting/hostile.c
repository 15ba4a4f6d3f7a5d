/* What a hostile driver may send: connection.c takes the one descriptor that it should, and leaves none of the others open. */
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
    for (int fd = 0; fd < 200; fd++)
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
    enum give_up why = connection_take(&connection, 7, SIZE, &received);
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
    printf("%d\n", checks);
    return 0;
}
