# How a program finds its libraries on this machine: no name of a folder is assumed.
# shellcheck shell=bash
# Each reader reads to the end: one that stopped early would end its writer by SIGPIPE, and with pipefail the script.

# loader_of PROGRAM: the path of its dynamic loader, symlinks resolved.
loader_of() { readlink -f "$(ldd "$1" | awk '$1 ~ /^\// && $1 ~ /ld-linux|ld64|ld\.so/ { path = $1 } END { print path }')"; }

# libraries_of FILE...: each library that ldd names for one of them, by its path as the loader knows it.
libraries_of() {
    local file
    for file in "$@"; do
        ldd "$file"
    done | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// && $2 ~ /^\(/ { print $1 }' | sort -u
}

# library_folders_of PROGRAM PREFIX: the folders of its libraries, symlinks resolved, each behind PREFIX, with colons between.
library_folders_of() {
    local library
    libraries_of "$1" | while read -r library; do
        printf '%s%s\n' "$2" "$(dirname "$(readlink -f "$library")")"
    done | sort -u | paste -sd:
}

# library_named NAME: its path, as the loader's cache has it for this architecture.
library_named() { "$(command -v ldconfig || echo /sbin/ldconfig)" -p | awk -v name="$1" '$1 == name && !path { path = $NF } END { print path }'; }
