/* The public face of the booster: which way the reads of a descriptor go. Link with nothing; see nnpfs-boost(1). */
#ifndef NNPFS_BOOSTER_H
#define NNPFS_BOOSTER_H

#ifdef __cplusplus
extern "C" {
#endif

enum nnpfs_booster_way {
    NNPFS_BOOSTER_NONE = 0, /* not a file on a mount of Nnpfs, as far as this process knows */
    NNPFS_BOOSTER_FUSE = 1, /* on such a mount, and read through it */
    NNPFS_BOOSTER_PAST = 2, /* read from the cache, past FUSE */
    NNPFS_BOOSTER_PART = 3, /* the same, where the pages that are read are in the cache; the others come by FUSE */
};

/* Returns one of the above, or -1 with errno EBADF. Declared weak: it is there where the booster is loaded, and NULL
 * elsewhere. */
int nnpfs_booster_status(int fd) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
