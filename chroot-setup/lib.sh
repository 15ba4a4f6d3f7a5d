# What up, down, status and build share. Sourced by bash, never run.
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by those who source this

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
checkout=$(dirname "$here")
jail=${NNPFS_JAIL:-/var/lib/nnpfs/jail}
user=${NNPFS_USER:-arlad}
registry=/var/lib/nnpfs/jails      # every jail that up made, a path per line
made_user=/var/lib/nnpfs/made-user # there when up made the user, with its name
me=chroot-setup/$(basename "$0")
given=("$@") # what the script that sources this was called with

say() { printf '%s\n' "$*"; }

# fail CAUSE CURE: ends with both, status 1.
fail() {
    printf '%s: %s\n' "$me" "$1" >&2
    [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
    exit 1
}

misused() {
    printf '%s: %s\n  %s --help tells what it takes.\n' "$me" "$1" "$me" >&2
    exit 2
}

need_root() {
    [ "$(id -u)" = 0 ] || fail "must be root: it makes a jail, namespaces and a mount." "sudo $0$([ ${#given[@]} = 0 ] || printf " %q" "${given[@]}")"
}

# Sets the names that follow from $jail, and what the commands that we propose need for a jail elsewhere.
name_paths() {
    for_jail="" for_socket=""
    jail=$(realpath -m -- "$jail")
    [ "$jail" = /var/lib/nnpfs/jail ] || for_jail=" --jail $(printf %q "$jail")" for_socket=" --socket $(printf %q "$jail/run/admin.sock")"
    state=$jail.state # root's alone, outside of the jail: what is up, process ids, the driver's log
    [ "$jail" != / ] || fail "the jail cannot be /." "Give a directory of its own: --jail /var/lib/nnpfs/jail"
}

# One up or down at a time: of this jail, and (fd 8) for what all jails share.
lock() {
    mkdir -p "$state" /var/lib/nnpfs
    chmod 0700 "$state"
    exec 9>"$state/lock"
    flock -n 9 || { say "waiting for another up or down of this jail"; flock -w 120 9; } ||
        fail "another up or down of $jail does not end." "See it with: fuser -v $state/lock"
}

shared_lock() {
    exec 8>/var/lib/nnpfs/lock
    flock -w 60 8 || fail "another up or down holds /var/lib/nnpfs/lock for a minute." "See it with: fuser -v /var/lib/nnpfs/lock"
}

shared_unlock() { exec 8>&-; }

# remember KEY VALUE / recall KEY: small facts in the state directory, a file each.
remember() { printf '%s\n' "$2" >"$state/$1.new" && mv "$state/$1.new" "$state/$1"; }
recall() { [ ! -f "$state/$1" ] || cat "$state/$1"; }
forget() { rm -f "$state/$1"; }

# jail_lacks: the first thing that up put into the jail and that is not there any more, or nothing.
jail_lacks() {
    local path
    while read -r path; do
        [ -e "$jail$path" ] || { printf '%s' "$path"; return; }
    done < <(recall files)
}

# wait_until SECONDS WHAT COMMAND...: polls; shows progress when it takes more than a second.
wait_until() {
    local limit=$1 what=$2 start=$SECONDS shown=0
    shift 2
    until "$@"; do
        [ $((SECONDS - start)) -lt "$limit" ] || return 1
        if [ $((SECONDS - start)) -gt "$shown" ]; then
            shown=$((SECONDS - start))
            printf '  %s: %s s\n' "$what" "$shown"
        fi
        sleep 0.05
    done
}

# alive PID: it runs. A process that ended but that nobody has waited for does not count.
alive() {
    local line
    [ -n "${1:-}" ] && [ -r "/proc/$1/status" ] || return 1
    while read -r line; do
        case $line in
        State:*Z* | State:*X*) return 1 ;;
        State:*) return 0 ;;
        esac
    done <"/proc/$1/status" 2>/dev/null
    return 1
}

gone() { ! alive "$1"; }

# birth PID: when it started, so that a number that was given again is not taken for our process.
birth() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    stat=${stat##*) }
    # shellcheck disable=SC2086 # split into fields on purpose
    set -- $stat
    printf '%s' "${20}"
}

# remember_process NAME PID / process NAME: prints the process id when that very process is alive.
remember_process() { remember "$1.pid" "$2 $(birth "$2")"; }
process() {
    local pid born
    read -r pid born < <(recall "$1.pid") || return 1
    alive "$pid" && [ "$(birth "$pid")" = "$born" ] && printf '%s' "$pid"
}

# The first process in arlad's namespaces, as the host numbers it: the child of unshare.
arlad_pid() {
    local parent
    parent=$(process arlad) || return 1
    local child
    child=$(cat "/proc/$parent/task/$parent/children" 2>/dev/null) || child=$(pgrep -P "$parent")
    child=${child%% *}
    alive "$child" && printf '%s' "$child"
}

# mounted PATH: something is mounted at exactly this path. Never touches the mount itself.
mounted() { awk -v want="$(escape "$1")" '$5 == want { found = 1 } END { exit !found }' /proc/self/mountinfo; }
mount_type() { awk -v want="$(escape "$1")" '$5 == want { for (i = 7; $i != "-"; i++); type = $(i + 1) } END { print type }' /proc/self/mountinfo; }
mount_device() { awk -v want="$(escape "$1")" '$5 == want { split($3, d, ":"); minor = d[2] } END { print minor }' /proc/self/mountinfo; }

# As mountinfo writes a path: octal for a blank, a tab, a newline and a backslash. Doubled for awk's -v.
escape() {
    local path=${1//\\/\\134}
    path=${path// /\\040}
    path=${path//$'\t'/\\011}
    path=${path//$'\n'/\\012}
    printf '%s' "${path//\\/\\\\}"
}

# answers PATH: a mount whose driver is there and answers in time.
answers() { timeout 5 stat -f -- "$1" >/dev/null 2>&1; }

# holders PATH: who keeps a mount busy, a line per process. Reading these links asks nothing of the mount; find reads them all
# in one process: there are tens of thousands.
holders() {
    local pid target
    { find /proc/[0-9]*/{cwd,root,exe,fd,map_files} -maxdepth 1 -type l -printf '%p\t%l\n' 2>/dev/null || true; } |
        WANTED=$1 awk -F '\t' '$2 == ENVIRON["WANTED"] || index($2, ENVIRON["WANTED"] "/") == 1 {
            split($1, part, "/")
            if (!seen[part[3]]++) print part[3] "\t" $2
        }' |
        while IFS=$'\t' read -r pid target; do
            printf '  process %s (%s) holds %s\n' "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null)" "$target"
        done
}

# abort_connection PATH: every request that waits there fails now. For a mount whose driver does not answer.
abort_connection() {
    local minor
    minor=$(mount_device "$1")
    [ -e "/sys/fs/fuse/connections/$minor/abort" ] || mount -t fusectl none /sys/fs/fuse/connections 2>/dev/null || true
    [ ! -e "/sys/fs/fuse/connections/$minor/abort" ] || echo 1 >"/sys/fs/fuse/connections/$minor/abort"
}

# unmount PATH: kindly; lazily, saying who holds it, when it is busy; an ended or hung driver's mount in any case.
unmount() {
    local tries said=
    mounted "$1" || return 0
    answers "$1" || abort_connection "$1"
    for tries in 1 2 3 4 5; do
        said=$(umount -- "$1" 2>&1) && return 0
        mounted "$1" || return 0
        sleep 0.1
    done
    say "$1 is busy; it is detached now, and ends when its holders let go:"
    holders "$1"
    umount -l -- "$1" || fail "$1 cannot be unmounted: $said" "Unmount it by hand: umount -l $1"
}

# end NAME PID SECONDS: SIGTERM, then SIGKILL after the limit.
end() {
    alive "$2" || return 0
    kill -TERM "$2" 2>/dev/null || true
    wait_until "$3" "waiting for $1 to end" gone "$2" && return 0
    say "$1 (process $2) did not end in $3 s: killed"
    kill -KILL "$2" 2>/dev/null || true
    wait_until 10 "waiting for the kernel to end $1" gone "$2" || fail "$1 (process $2) cannot be killed." "See dmesg; the kernel holds it."
}

stop_arlad() {
    local first parent
    parent=$(process arlad) || { forget arlad.pid; return 0; }
    first=$(arlad_pid) || first=
    [ -z "$first" ] || end arlad "$first" 15
    # unshare ends with its child, and the child with it (--kill-child), whichever was left.
    end "arlad's namespace" "$parent" 5
    forget arlad.pid
}
