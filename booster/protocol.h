/* What the booster and a mount's driver say to each other: docs/booster.md. The driver has it in driver/Boosting/. */
#ifndef NNPFS_BOOSTER_PROTOCOL_H
#define NNPFS_BOOSTER_PROTOCOL_H

#include <stdint.h>

#define BOOST_VERSION 1u
#define BOOST_ATTRIBUTE "user.nnpfs.booster"      /* its value: "1 IDENTITY", 32 hex digits */
#define BOOST_SOCKET_PREFIX "nnpfs-booster-"      /* with the identity behind it: an abstract name of SOCK_SEQPACKET */
#define BOOST_IDENTITY_DIGITS 32
#define BOOST_ASK_FORMAT BOOST_ATTRIBUTE ".1.%016llx%016llx.%016llx" /* the secret's two halves, the tag */

#define BOOST_PARTS_TOO "+"                       /* behind that: some of the pages will do, with their map */
#define BOOST_AS_OPEN "!"                         /* behind that: the file was found, and not opened; is it the current version? */
#define BOOST_MOST_BLOCKS 8190

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
    uint64_t file_size; /* with a map: its length */
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
    BOOST_PART = 8, /* two packets: with the file that has some of the pages, and with the map of them */
};

/* What the second one's descriptor is of: memory that the driver writes, and that cannot become shorter. A set bit: that page
 * lies in the file, at its offset in the content. */
struct boost_map {
    uint64_t page_size; /* bytes */
    uint64_t mark;      /* bytes: a read beyond it should go to FUSE, once for each mark */
    uint64_t blocks[];  /* a bit for each page: 64 pages are a block */
};

#endif
