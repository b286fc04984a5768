// Reads the file that holds a pepper.
//
// Its bytes are taken exactly as they are, a line break at the end included:
// whoever edits the file changes the pepper. Make one with
//   (umask 077; head -c 32 /dev/urandom > pepper.key)
//
// A file that others may write is refused: they could choose the pepper. One
// that others may read is taken with a warning, since the store alone already
// keeps the digests from them.
//
// Thread-safety: pure but for reading. Control path only. Errors name the file
// and never show a byte of it.

#ifndef TOLLGATE_ENGINE_CONFIG_PEPPER_FILE_H_
#define TOLLGATE_ENGINE_CONFIG_PEPPER_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/crypto/secret.h"

namespace tollgate {

struct LoadedPepper {
  SecretBytes bytes;    // kPepperBytesMin to kPepperBytesMax
  std::string warning;  // empty when there is none
};

// `what` is what errors call it: other secrets of files are read as peppers
// are.
absl::StatusOr<LoadedPepper> LoadPepper(const std::string& path,
                                        std::string_view what = "a pepper");

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_PEPPER_FILE_H_
