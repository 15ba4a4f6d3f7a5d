# How up makes the jail. Sourced after lib.sh and lib-enter.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154 # set by, or for, lib.sh and up

generated='# Made by chroot-setup/up, and made anew by it. Take this line away to keep what you change here.'

make_user() {
    getent passwd "$user" >/dev/null && return 0
    shared_lock
    if ! getent passwd "$user" >/dev/null; then
        local group=()
        if getent group "$user" >/dev/null; then group=(--gid "$user"); else group=(--user-group); fi
        useradd --system "${group[@]}" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin --comment "Nnpfs fetch daemon" "$user" ||
            fail "the user $user cannot be made." "Make it by hand: adduser --system --group --no-create-home $user"
        printf '%s\n' "$user" >"$made_user"
        change "made the user $user"
    fi
    shared_unlock
}

register_jail() {
    shared_lock
    grep -qxF -- "$jail" "$registry" 2>/dev/null || printf '%s\n' "$jail" >>"$registry"
    shared_unlock
}

# volume_of ORIGIN: the name that this origin has in this jail, always the same; made from its last part at the first time.
volume_of() {
    local known name base=${1%/} number=2
    known=$(awk -F '\t' -v want="$1" '$2 == want { print $1; exit }' "$state/volumes" 2>/dev/null || true)
    [ -z "$known" ] || { printf '%s' "$known"; return; }
    base=${base%%\?*}
    base=$(printf '%s' "${base##*/}" | tr -c 'A-Za-z0-9._-' '-' | cut -c1-40)
    case $base in '' | .* | -*) base=root$base ;; esac
    name=$base
    while awk -F '\t' -v want="$name" '$1 == want { found = 1 } END { exit !found }' "$state/volumes" 2>/dev/null; do
        name=$base-$number
        number=$((number + 1))
    done
    printf '%s\t%s\n' "$name" "$1" >>"$state/volumes"
    printf '%s' "$name"
}

# holds PATH: from here on the jail is complete only with it.
holds() { printf '%s\n' "$1" >>"$state/files.new"; }

# place SOURCE PATH MODE: the jail's PATH has SOURCE's content; touched only when it differs.
place() {
    local target=$jail$2
    holds "$2"
    if [ -f "$target" ] && [ ! -L "$target" ] && cmp -s -- "$1" "$target"; then return 0; fi
    mkdir -p "$(dirname "$target")"
    install -m "$3" -- "$1" "$target.new"
    mv -T -- "$target.new" "$target" # as a whole: arlad may have the old one mapped
    remember restart-needed yes
}

place_text() {
    local text
    text=$(mktemp)
    cat >"$text"
    place "$text" "$1" 0644
    rm -f "$text"
}

place_libraries() {
    local library
    # At its own path, which is where the loader of the jail looks for it: it has no cache of its own.
    libraries_of "$@" | while read -r library; do printf '%s\n' "$library"; done >"$state/libraries"
    while read -r library; do
        place "$library" "$(merged "$library")" 0755
    done <"$state/libraries"
}

# merged PATH: with /lib and /lib64 as folders of their own in the jail, /usr/lib is spelt /lib, as the loader's defaults are.
merged() {
    case $1 in
    /usr/lib/* | /usr/lib64/*) printf '%s' "${1#/usr}" ;;
    *) printf '%s' "$1" ;;
    esac
}

make_directories() {
    local name
    for name in "" /bin /etc /lib /origins /proc /.old; do
        root_directory "$name"
    done
    own_directory /cache "$user" 0700
    own_directory /run "$user" 0755
    own_directory /log "$user" 0755
    # Root's, and sticky: arlad makes its socket here, and cannot put a link in the place of what root opens.
    own_directory /dev root 1775
    for name in null urandom; do
        holds "/dev/$name"
        [ -e "$jail/dev/$name" ] || (set -o noclobber && : >"$jail/dev/$name")
    done
}

root_directory() {
    holds "$1"
    [ -d "$jail$1" ] || { install -d -m 0755 -o root -g root "$jail$1"; remember restart-needed yes; }
}

# own_directory PATH OWNER MODE: a directory that arlad may write to.
own_directory() {
    local group
    group=$(id -gn "$user")
    holds "$1"
    [ "$(stat -c '%U:%G %04a' "$jail$1" 2>/dev/null)" = "$2:$group $3" ] && return
    install -d -m "$3" -o "$2" -g "$group" "$jail$1"
    remember restart-needed yes
}

make_files() {
    local kind path from programs=() name
    while IFS='|' read -r kind path from _; do
        kind=${kind// /} path=${path// /} from=${from// /}
        case $kind in
        program)
            [ -f "$checkout/$from" ] || fail "$from is not there." "Build it: chroot-setup/build"
            place "$checkout/$from" "$path" 0755
            programs+=("$checkout/$from")
            ;;
        library)
            name=$(library_named "$from")
            [ -n "$name" ] || fail "the library $from is not installed." "Install it: apt-get install libssl3"
            programs+=("$name")
            place "$name" "$(merged "$name")" 0755
            ;;
        copy)
            if [ -f "$from" ]; then place "$from" "$path" 0644
            elif [ "$path" = /etc/ssl/certs/ca-certificates.crt ]; then say "note: no CA certificates are installed (apt-get install ca-certificates): https:// origins will be refused."; fi
            ;;
        esac
    done < <(grep -v '^#' "$here/jail.table")
    place_libraries "${programs[@]}"
    place_text /etc/nsswitch.conf <<<'hosts: files dns'
}

make_configuration() {
    local inside=$origin
    case $origin in
    http*) place_text /etc/origins </dev/null ;;
    *)
        inside=/origins/$volume
        place_text /etc/origins <<<"$volume"$'\t'"$origin"
        root_directory "$inside"
        ;;
    esac
    if [ -f "$jail/etc/arlad.conf" ] && ! grep -qxF "$generated" "$jail/etc/arlad.conf"; then
        grep -qF "[volume $volume]" "$jail/etc/arlad.conf" || fail "$jail/etc/arlad.conf is your own, and has no volume for $origin." \
            "Add it:  [volume $volume]  origin = $inside   or delete the file to have it made anew."
        holds /etc/arlad.conf
        own_configuration_changed
        return
    fi
    place_text /etc/arlad.conf <<TEXT
$generated
# Every key, with its default, stands in arlad.conf(5) and in daemon/arlad.conf.sample. Paths are those inside of the jail.

[arlad]
cache = /cache
channel = /dev/nnpfs0
admin = /run/admin.sock

[volume $volume]
origin = $inside
$([ "$inside" = "$origin" ] || printf 'shown-as = %s' "$origin")
TEXT
}

# A configuration of the user's own that changed since arlad was started wants a new start.
own_configuration_changed() {
    local sum
    sum=$(cksum <"$jail/etc/arlad.conf")
    [ "$(recall own-configuration)" = "$sum" ] || remember restart-needed yes
    remember own-configuration "$sum"
}

make_jail() {
    local fresh=
    [ -d "$jail" ] || fresh=1
    case $(stat -c %U "$jail" 2>/dev/null || echo root) in
    root) ;;
    *) fail "$jail does not belong to root." "Give a directory that up makes itself: --jail DIR" ;;
    esac
    register_jail
    : >"$state/files.new"
    make_directories
    make_files
    make_configuration
    mv "$state/files.new" "$state/files"
    [ -z "$fresh" ] || change "made the jail $jail ($(du -sm "$jail" | cut -f1) MiB)"
}
