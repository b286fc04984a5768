// What the tests of the durable store share: a folder, and keys to put in it.

#ifndef TOLLGATE_TESTS_STORE_STORE_FIXTURE_H_
#define TOLLGATE_TESTS_STORE_STORE_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/store/key_database.h"

namespace tollgate {

// A folder of its own, removed with what is in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Returns an active key whose fields all follow from `id`.
StoredKey MakeKey(const std::string& id);

// Returns the `number`-th of distinct ids of twelve characters.
std::string IdOf(int number);

// Opens or makes the store at `path`; ends the test's process if it cannot.
std::unique_ptr<KeyDatabase> OpenOrDie(const std::string& path);

// Returns all keys, in the order of their sequence.
absl::StatusOr<std::vector<StoredKey>> ReadAll(KeyDatabase& database);

std::string ReadBytes(const std::string& path);
void WriteBytes(const std::string& path, const std::string& bytes);
bool FileExists(const std::string& path);

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_STORE_STORE_FIXTURE_H_
