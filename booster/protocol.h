/* What the booster and a mount's driver say to each other: docs/booster.md. The driver has it in driver/Boosting/. */
#ifndef NNPFS_BOOSTER_PROTOCOL_H
#define NNPFS_BOOSTER_PROTOCOL_H

#include <stdint.h>

#define BOOST_VERSION 1u
#define BOOST_ATTRIBUTE "user.nnpfs.booster"      /* its value: "1 IDENTITY", 32 hex digits */
#define BOOST_SOCKET_PREFIX "nnpfs-booster-"      /* with the identity behind it: an abstract name of SOCK_SEQPACKET */
#define BOOST_IDENTITY_DIGITS 32
#define BOOST_ASK_FORMAT BOOST_ATTRIBUTE ".1.%016llx%016llx.%016llx" /* the secret's two halves, the tag */

/* The one packet that a program sends. */
struct boost_hello {
    uint32_t version;
    uint32_t unused;
    uint8_t secret[16];
};

/* Goes with each descriptor, and is the value of the attribute that asked for it. */
struct boost_grant {
    uint32_t version;
    uint32_t outcome;
    uint64_t tag;
    uint64_t file_size;
};

enum boost_outcome {
    BOOST_SENT = 0,
    BOOST_NOT_WHOLE = 1,
    BOOST_MANY_FILES = 2,
    BOOST_NO_FILE = 3,
    BOOST_NO_ROOM = 4,
    BOOST_PASSTHROUGH = 5,
    BOOST_STRANGER = 6,
    BOOST_SLOW = 7,
};

#endif
