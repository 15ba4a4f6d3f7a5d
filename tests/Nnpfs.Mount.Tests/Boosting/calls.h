/* What the files of the program "calls" share. */
#define _GNU_SOURCE
#include "../../../booster/nnpfs_booster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A cached file, one with the same bytes that is no mount's, a second cached file; and those bytes. */
extern const char *mount_path, *origin_path, *other_path;
extern char *content;
extern size_t size;

#define CHECK(what)                                                                           \
    do {                                                                                      \
        if (!(what)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #what, errno); \
            exit(1);                                                                          \
        }                                                                                     \
    } while (0)

int way(int fd);
void check_content(int fd);
void check_boosted(int fd);

void test_children(void);
void test_threads(void);
void test_threads_fork(void);
void test_signals(void);
void test_cancellation(void);
void test_closed_sockets(void);
void test_no_descriptors(void);
void test_parts_at_places(void);
void test_parts_in_turn(void);
void test_parts_closed_unseen(void);
void test_parts_shared(void);
void test_parts_many(void);
void test_parts_cancellation(void);
