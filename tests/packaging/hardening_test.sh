#!/bin/sh
# The program has what cmake/hardening.cmake asks for, as readelf sees it.
#   hardening_test.sh SPFWALK
set -eu
program=$1
command -v readelf >/dev/null || { echo "SKIPPED: no readelf"; exit 77; }
failed=0

# has WHAT PATTERN readelf-option…
has() {
    what=$1 pattern=$2
    shift 2
    if readelf --wide "$@" "$program" | grep -q -e "$pattern"; then
        echo "$what: yes"
    else
        echo "FAILED: $what: no" >&2
        failed=1
    fi
}
# lacks WHAT PATTERN readelf-option…
lacks() {
    what=$1 pattern=$2
    shift 2
    if readelf --wide "$@" "$program" | grep -q -e "$pattern"; then
        echo "FAILED: $what" >&2
        failed=1
    else
        echo "not $what: yes"
    fi
}

has "position-independent" 'Type: *DYN' --file-header
has "marked as a program that is so" 'FLAGS_1.*PIE' --dynamic
has "relocations read-only" 'GNU_RELRO' --program-headers
has "symbols bound at the start" 'FLAGS_1.*NOW' --dynamic
has "stack not executable" 'GNU_STACK .* RW ' --program-headers
lacks "a segment both writable and executable" 'LOAD .* RWE' --program-headers
lacks "relocations in code" 'TEXTREL' --dynamic
has "stack protector" ' __stack_chk_fail' --dyn-syms
has "checked functions of the C library" ' __[a-z]*_chk' --dyn-syms
# Code that branches land on is marked (CET). The linker marks the whole program only if the C library's start files
# are marked too, which those of Debian 12 are not; then the processor does not check.
if [ "$(uname -m)" = x86_64 ] && command -v objdump >/dev/null; then
    if objdump --disassemble=main "$program" | grep -q endbr64; then
        echo "targets of branches marked: yes"
    else
        echo "FAILED: targets of branches marked: no" >&2
        failed=1
    fi
    if readelf --wide --notes "$program" | grep -q 'IBT.*SHSTK'; then
        echo "program marked for CET: yes"
    else
        echo "program marked for CET: no, the start files here are not"
    fi
fi
exit $failed
