// tollgate keys scan: finds keys of ours in files where they should not be.
//
// A key is told by its prefix and checksum; whether it is one that opens
// anything, by its secret's digest. What is found is named by its id, never
// shown. Only a key whose secret was found is revoked: a text with somebody
// else's id in it revokes nothing.

#ifndef TOLLGATE_TOOLS_TOLLGATE_KEYS_SCAN_H_
#define TOLLGATE_TOOLS_TOLLGATE_KEYS_SCAN_H_

#include <string>
#include <vector>

#include "tools/tollgate/exit_status.h"

namespace tollgate::cli {

struct ScanOptions {
  std::string config;
  std::vector<std::string> paths;  // files and folders
  bool revoke = false;
  bool json = false;
};

// Exit status: kDone when nothing usable was found, kDenied when something was,
// revoked by now or not; kIo when a file could not be read.
ExitStatus ScanForKeys(const ScanOptions& options);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_KEYS_SCAN_H_
