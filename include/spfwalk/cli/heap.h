// How the process keeps its memory. Where the C library is not glibc, or the system not Linux, nothing is
// done.
#pragma once

namespace spfwalk::cli {

/// Has large blocks go back to the system as soon as they are freed. glibc keeps one for the next that is as
/// large, and of a list that grows by doubling both stay: a third of the memory that millions of prefixes
/// take.
void return_large_blocks();

/// Prepares for a long run, whose memory is small objects here and there (docs/performance.md). The kernel is
/// asked for huge pages behind them: with pages of 4 KiB, finding where they lie can take longer than reading
/// them. And blocks of up to 1 KiB are not malloc's any more (small_blocks.h), unless LD_PRELOAD brings a
/// library in, which is how other allocators and checkers of memory come.
///
/// Takes address space, 514 MiB, and not more memory than is used, in steps of a huge page. What is freed
/// stays with the process from then on, apart from large blocks. Does nothing where a limit of address space
/// or data is set (setrlimit(2)), or on 32 bits.
void prepare_for_many_objects();

} // namespace spfwalk::cli
