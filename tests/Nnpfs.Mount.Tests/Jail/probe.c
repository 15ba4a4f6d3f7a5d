// Tries to break out, and prints a line per attempt: its name and the errno it met; 0 = it succeeded. Built twice by ConfinedTests:
// as a library in the place of SQLite, which arlad loads after it has confined itself, so that the attempts run in arlad's own
// process; and as a program that root runs outside, where they must succeed.
//
// The test defines PLACE (where it may write), CLOSED (in front of each path that must not be written), VICTIM (a process of the
// host), HOST_DEVICE and HOST_INODE (of the host's root), RESULT (the file to print to).
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int outcome(long returned) { return returned < 0 ? errno : 0; }
static int opens(const char *path, int flags) { return outcome(open(path, flags, 0600)); }

static int is_host_root(int directory) {
    struct stat found;
    return fstat(directory, &found) == 0 && found.st_dev == HOST_DEVICE && found.st_ino == HOST_INODE;
}

// From one directory upwards as far as it goes.
static int climbs(int directory) {
    for (int step = 0; step < 64; step++) {
        if (is_host_root(directory))
            return 1;
        directory = openat(directory, "..", O_PATH | O_DIRECTORY);
        if (directory < 0)
            return 0;
    }
    return 0;
}

// A directory that was left open, its working directory or its root: one of them would lead out.
static int escape_through_descriptors(void) {
    if (climbs(open(".", O_PATH)) || climbs(open("/", O_PATH)) || climbs(open("/proc/1/cwd", O_PATH)) || climbs(open("/proc/1/root", O_PATH)))
        return 0;
    for (int descriptor = 0; descriptor < 4096; descriptor++)
        if (climbs(descriptor))
            return 0;
    return ENOENT;
}

// The old way out: a second root beneath, while the working directory stays above it.
static int escape_by_chroot(void) {
    mkdir(PLACE "/inner", 0700);
    if (chroot(PLACE "/inner") < 0)
        return errno;
    for (int step = 0; step < 64; step++)
        if (chdir("..") < 0)
            return errno;
    return is_host_root(open(".", O_PATH)) ? 0 : ENOENT;
}

static int see_another_process(void) {
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while (directory && (entry = readdir(directory)))
        if (atoi(entry->d_name) > 1 && atoi(entry->d_name) != getpid())
            return 0;
    return directory ? ENOENT : errno;
}

static int read_memory_by_call(void) {
    char from = 'a', to;
    struct iovec here = { &to, 1 }, there = { &from, 1 };
    return outcome(process_vm_readv(getpid(), &here, 1, &there, 1, 0)); // our own: it is the call that is refused
}

static int gain_a_capability(void) {
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { 1u << CAP_SYS_ADMIN, 1u << CAP_SYS_ADMIN, 0 } };
    return outcome(syscall(SYS_capset, &header, data));
}

static int clone_with(unsigned long flags) {
    long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    return outcome(child);
}

static int clone_with_hidden_flags(void) {
    struct { unsigned long long flags, unused[3], exit_signal, more[6]; } arguments = { .exit_signal = SIGCHLD };
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0)
        _exit(0);
    return outcome(child);
}

static int enter_a_namespace(void) { return outcome(setns(open("/proc/self/ns/mnt", O_RDONLY), 0)); }

// Only an attempt that fails comes back; the program itself ends with 0.
static int run(const char *program) {
    char *arguments[] = { "arlad", NULL }, *none[] = { NULL };
    execve(program, arguments, none);
    return errno;
}

static int map_own(void) {
    int file = open(PLACE "/program", O_CREAT | O_WRONLY | O_TRUNC, 0755);
    if (write(file, "program", 7) != 7)
        return errno;
    close(file);
    char *mapped = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, open(PLACE "/program", O_RDONLY), 0);
    return mapped == MAP_FAILED ? errno : 0;
}

static int give_a_file_to_root(void) {
    close(open(PLACE "/given", O_CREAT | O_WRONLY, 0600));
    return outcome(chown(PLACE "/given", 0, 0));
}

#ifdef __x86_64__
// The calls of another architecture have other numbers: 20 is getpid there.
static int call_as_32_bits(void) {
    long returned;
    __asm__ volatile("int $0x80" : "=a"(returned) : "a"(20L) : "memory");
    return returned < 0 ? (int)-returned : 0;
}
#endif

static void report(FILE *results, const char *name, pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    fprintf(results, "%s: %d\n", name, WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status));
}

// Each in a child of its own, which has all that this process has: what one attempt changes, no other sees.
#define TRY(NAME, ATTEMPT)                                                                                             \
    do {                                                                                                               \
        fflush(results);                                                                                               \
        pid_t child = fork();                                                                                          \
        if (child == 0)                                                                                                \
            _exit(ATTEMPT);                                                                                            \
        report(results, NAME, child);                                                                                  \
    } while (0)

static void try_all(FILE *results) {
    TRY("open a file of the host", opens("/usr/bin/env", O_RDONLY));
    TRY("open a file of the host above the root", opens("/../../../../usr/bin/env", O_RDONLY));
    TRY("open a file of the host through a link of the kernel's", opens("/proc/self/root/usr/bin/env", O_RDONLY));
    TRY("open the kernel's settings", opens("/proc/sys/kernel/ostype", O_RDONLY));
    TRY("open the kernel's devices", opens("/sys/kernel", O_RDONLY));
    TRY("open a device", opens("/dev/fuse", O_RDWR));
    TRY("escape through descriptors", escape_through_descriptors());
    TRY("escape by chroot", escape_by_chroot());
    TRY("see another process", see_another_process());
    TRY("signal a process of the host", outcome(kill(VICTIM, 0)));
    TRY("signal whoever there is", outcome(kill(-1, 0)));
    TRY("name a process of the host", outcome(syscall(SYS_pidfd_open, VICTIM, 0)));
    TRY("trace a process of the host", outcome(ptrace(PTRACE_SEIZE, VICTIM, 0, 0)));
    TRY("be traced", outcome(ptrace(PTRACE_TRACEME, 0, 0, 0)));
    TRY("read a process's memory", read_memory_by_call());
    TRY("become root", outcome(syscall(SYS_setuid, 0)));
    TRY("become root's group", outcome(syscall(SYS_setgid, 0)));
    TRY("join root's group", outcome(syscall(SYS_setgroups, 1, (gid_t[]){ 0 })));
    TRY("gain a capability", gain_a_capability());
    TRY("mount", outcome(mount("none", PLACE, "tmpfs", 0, "")));
    TRY("make the root writable", outcome(mount("none", "/", NULL, MS_REMOUNT | MS_BIND, NULL)));
    TRY("open a filesystem", outcome(syscall(SYS_fsopen, "tmpfs", 0)));
    TRY("copy a tree of mounts", outcome(syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */)));
    TRY("unshare mounts", outcome(unshare(CLONE_NEWNS)));
    TRY("unshare users", outcome(unshare(CLONE_NEWUSER)));
    TRY("clone into new users", clone_with(CLONE_NEWUSER));
    TRY("clone with hidden flags", clone_with_hidden_flags());
    TRY("enter a namespace", enter_a_namespace());
    TRY("make a device", outcome(mknod(PLACE "/device", S_IFCHR | 0600, makedev(1, 3))));
    TRY("open a raw socket", outcome(socket(AF_INET, SOCK_RAW, 1)));
    TRY("open a packet socket", outcome(socket(AF_PACKET, SOCK_RAW, 0)));
    TRY("write to the root", opens(CLOSED "/new", O_CREAT | O_EXCL | O_WRONLY));
    TRY("write to the programs", opens(CLOSED "/bin/new", O_CREAT | O_EXCL | O_WRONLY));
    TRY("write to the libraries", opens(CLOSED "/lib/new", O_CREAT | O_EXCL | O_WRONLY));
    TRY("write to the configuration", opens(CLOSED "/etc/arlad.conf", O_WRONLY));
    TRY("write to the origin", opens(CLOSED "/origins/origin/hello", O_WRONLY));
    TRY("give a file to root", give_a_file_to_root());
    TRY("run a program", run(CLOSED "/bin/arlad"));
    TRY("map a file of its own as a program", map_own());
#ifdef __x86_64__
    TRY("call as 32 bits", call_as_32_bits());
#endif
    // Without sense in their arguments: the errno tells whether the call was looked at.
    TRY("use io_uring", outcome(syscall(SYS_io_uring_setup, 1, NULL)));
    TRY("use keys", outcome(syscall(SYS_keyctl, 9999, 0, 0, 0, 0)));
    TRY("load a program into the kernel", outcome(syscall(SYS_bpf, 9999, NULL, 0)));
    TRY("watch all files", outcome(syscall(SYS_fanotify_init, -1, -1)));
    TRY("open a file by its handle", outcome(syscall(SYS_open_by_handle_at, -1, NULL, 0)));
    TRY("watch page faults", outcome(syscall(SYS_userfaultfd, -1)));
    TRY("unmount", outcome(umount2("/proc", MNT_DETACH))); // the last: mounts are all children's
}

static void probe(void) {
    FILE *results = fopen(RESULT ".new", "w");
    if (!results)
        _exit(99);
    try_all(results);
    fclose(results);
    rename(RESULT ".new", RESULT);
    _exit(0);
}

#ifdef INSIDE
__attribute__((constructor)) static void loaded(void) { probe(); }
#else
int main(void) { probe(); }
#endif
