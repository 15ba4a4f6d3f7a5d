/* Prints "name size offset offset ..." for each struct of the kernel's that the driver knows, and "opcode NAME number". */
#include <linux/fuse.h>
#include <stddef.h>
#include <stdio.h>

#define S(type) printf("struct " #type " %zu", sizeof(struct type))
#define F(type, field) printf(" %zu", offsetof(struct type, field))
#define END putchar('\n')
#define OP(name) printf("opcode " #name " %d\n", FUSE_##name)

int main(void)
{
    S(fuse_in_header); F(fuse_in_header, len); F(fuse_in_header, opcode); F(fuse_in_header, unique); F(fuse_in_header, nodeid);
    F(fuse_in_header, uid); F(fuse_in_header, gid); F(fuse_in_header, pid); END;
    S(fuse_out_header); F(fuse_out_header, len); F(fuse_out_header, error); F(fuse_out_header, unique); END;
    S(fuse_attr); F(fuse_attr, ino); F(fuse_attr, size); F(fuse_attr, blocks); F(fuse_attr, atime); F(fuse_attr, mtime);
    F(fuse_attr, ctime); F(fuse_attr, atimensec); F(fuse_attr, mtimensec); F(fuse_attr, ctimensec); F(fuse_attr, mode);
    F(fuse_attr, nlink); F(fuse_attr, uid); F(fuse_attr, gid); F(fuse_attr, rdev); F(fuse_attr, blksize); END;
    S(fuse_entry_out); F(fuse_entry_out, nodeid); F(fuse_entry_out, generation); F(fuse_entry_out, entry_valid);
    F(fuse_entry_out, attr_valid); F(fuse_entry_out, entry_valid_nsec); F(fuse_entry_out, attr_valid_nsec); F(fuse_entry_out, attr); END;
    S(fuse_attr_out); F(fuse_attr_out, attr_valid); F(fuse_attr_out, attr_valid_nsec); F(fuse_attr_out, dummy); F(fuse_attr_out, attr); END;
    S(fuse_getattr_in); F(fuse_getattr_in, getattr_flags); F(fuse_getattr_in, dummy); F(fuse_getattr_in, fh); END;
    S(fuse_open_in); F(fuse_open_in, flags); END;
    S(fuse_open_out); F(fuse_open_out, fh); F(fuse_open_out, open_flags); END;
    S(fuse_read_in); F(fuse_read_in, fh); F(fuse_read_in, offset); F(fuse_read_in, size); F(fuse_read_in, read_flags);
    F(fuse_read_in, lock_owner); F(fuse_read_in, flags); END;
    S(fuse_release_in); F(fuse_release_in, fh); F(fuse_release_in, flags); F(fuse_release_in, release_flags); F(fuse_release_in, lock_owner); END;
    S(fuse_kstatfs); F(fuse_kstatfs, blocks); F(fuse_kstatfs, bfree); F(fuse_kstatfs, bavail); F(fuse_kstatfs, files);
    F(fuse_kstatfs, ffree); F(fuse_kstatfs, bsize); F(fuse_kstatfs, namelen); F(fuse_kstatfs, frsize); END;
    S(fuse_getxattr_in); F(fuse_getxattr_in, size); END;
    S(fuse_lseek_in); F(fuse_lseek_in, fh); F(fuse_lseek_in, offset); F(fuse_lseek_in, whence); END;
    S(fuse_lseek_out); F(fuse_lseek_out, offset); END;
    S(fuse_dirent); F(fuse_dirent, ino); F(fuse_dirent, off); F(fuse_dirent, namelen); F(fuse_dirent, type); END;
    S(fuse_forget_one); F(fuse_forget_one, nodeid); F(fuse_forget_one, nlookup); END;
    S(fuse_batch_forget_in); F(fuse_batch_forget_in, count); END;
    S(fuse_init_out); F(fuse_init_out, major); F(fuse_init_out, minor); F(fuse_init_out, max_readahead); F(fuse_init_out, flags);
    F(fuse_init_out, max_background); F(fuse_init_out, congestion_threshold); F(fuse_init_out, max_write); F(fuse_init_out, time_gran);
    F(fuse_init_out, max_pages); F(fuse_init_out, map_alignment); END;
    S(fuse_notify_inval_inode_out); F(fuse_notify_inval_inode_out, ino); F(fuse_notify_inval_inode_out, off); F(fuse_notify_inval_inode_out, len); END;
    S(fuse_notify_inval_entry_out); F(fuse_notify_inval_entry_out, parent); F(fuse_notify_inval_entry_out, namelen); END;
    S(fuse_notify_delete_out); F(fuse_notify_delete_out, parent); F(fuse_notify_delete_out, child); F(fuse_notify_delete_out, namelen); END;
    return 0;
}
