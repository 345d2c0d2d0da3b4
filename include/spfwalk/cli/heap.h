// How the process keeps its memory. Where the C library is not glibc, or the system not Linux, nothing is
// done.
#pragma once

namespace spfwalk::cli {

/// Has large blocks go back to the system as soon as they are freed. glibc keeps one for the next that is as
/// large, and of a list that grows by doubling both stay: a third of the memory that millions of prefixes
/// take.
void return_large_blocks();

/// Asks the kernel for huge pages behind the heap, which is small objects here and there: with pages of 4 KiB
/// finding them is up to a fifth of the time of a long run (docs/performance.md). Takes address space for it,
/// 256 MiB, and not more memory than is used, in steps of a huge page. What is freed stays with the process
/// from then on, apart from large blocks. Does nothing where a limit of address space or data is set
/// (setrlimit(2)), or on 32 bits.
void use_huge_pages();

} // namespace spfwalk::cli
