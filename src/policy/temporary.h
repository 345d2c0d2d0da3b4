// A file under way, known to the signal handler until it is renamed or removed.
#pragma once

#include "policy/target.h"

#include <cstddef>
#include <string>

namespace spfwalk::policy {

class Temporary {
  public:
    /// Creates ".NAME.XXXXXX" beside the target, mode 0600. The error is "what: reason". The directory stays
    /// open for as long as the object lives.
    static Expected<Temporary, std::string> create(const Target& target);

    Temporary(Temporary&& other) noexcept;
    Temporary& operator=(Temporary&&) = delete;
    ~Temporary(); ///< removes the file, unless released

    Descriptor& file() { return file_; }
    const std::string& name() const { return name_; }

    /// Removes the file now. Whether it is gone.
    bool remove();
    /// The file has got another name: nothing to remove any more.
    void release();

  private:
    Temporary() = default;

    int directory_ = -1;
    std::string name_;
    Descriptor file_;
    std::size_t slot_ = 0;
    bool ours_ = false; ///< there is a file to remove
};

} // namespace spfwalk::policy
