// The program's operator new and delete. As long as nothing else is asked for, they are malloc(3) and
// free(3).
#pragma once

namespace spfwalk::cli {

/// From now on, blocks of up to 1 KiB are served out of one region of 256 MiB, and by malloc(3) once that is
/// full. Blocks of before are freed as they were made. For a process with one thread. Returns whether it
/// does: not where SPFWALK_SMALL_BLOCKS is off in the build, where the C library is not glibc, or where there
/// is no address space.
bool serve_small_blocks();

} // namespace spfwalk::cli
