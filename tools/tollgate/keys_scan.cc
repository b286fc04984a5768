#include "tools/tollgate/keys_scan.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/config/file_bytes.h"
#include "engine/crypto/secret.h"
#include "engine/extract/api_key_text.h"
#include "engine/json/writer.h"
#include "engine/key_ledger.h"
#include "tools/tollgate/key_store.h"
#include "tools/tollgate/key_text.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunkBytes = size_t{1} << 20;

struct Place {
  std::string path;
  uint64_t line = 1;
  uint64_t column = 1;  // in bytes
};

class Scanner {
 public:
  Scanner(const ScanOptions& options, KeyLedger& ledger, std::string lead)
      : options_(options),
        ledger_(ledger),
        lead_(std::move(lead)),
        key_size_(lead_.size() + ApiKeyText::kBodySize),
        buffer_(kChunkBytes + key_size_) {}
  ~Scanner() { WipeBytes(buffer_.data(), buffer_.size()); }

  // Scans a file, or all files below a folder; links in it are not followed.
  // Aborted: it is no use to go on.
  absl::Status ScanPath(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return ScanFile(path);
    std::vector<fs::path> folders = {path};
    while (!folders.empty()) {
      const fs::path folder = std::move(folders.back());
      folders.pop_back();
      const absl::Status scanned = ScanFolder(folder, folders);
      if (!scanned.ok()) return scanned;
    }
    return absl::OkStatus();
  }

  void Complain(const absl::Status& status) {
    PrintMessage(status.message());
    unread_ = true;
  }

  void Complain(const fs::path& path, const std::error_code& error) {
    Complain(absl::UnavailableError(
        absl::StrCat(path.string(), ": ", error.message())));
  }

  absl::Status Flush() { return output_.Flush(); }

  ExitStatus Finish() {
    if (!options_.json) {
      PrintMessage(absl::StrCat(files_, " files, ", found_, " keys, ", usable_,
                                " of them usable",
                                revoked_ > 0 ? " until now" : ""));
    }
    if (unread_) return ExitStatus::kIo;
    return usable_ > 0 ? ExitStatus::kDenied : ExitStatus::kDone;
  }

 private:
  // Scans the files of a folder, and adds the folders in it to `folders`. One
  // that can not be read keeps nobody from the others.
  absl::Status ScanFolder(const fs::path& folder,
                          std::vector<fs::path>& folders) {
    std::error_code error;
    fs::directory_iterator at(folder, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      std::error_code unknown;
      const fs::file_status found = at->symlink_status(unknown);
      // What is gone by now is nobody's secret.
      if (found.type() == fs::file_type::none) Complain(at->path(), unknown);
      if (fs::is_directory(found)) folders.push_back(at->path());
      if (!fs::is_regular_file(found)) continue;
      const absl::Status scanned = ScanFile(at->path().string());
      if (absl::IsAborted(scanned)) return scanned;
      if (!scanned.ok()) Complain(scanned);
    }
    if (error) Complain(folder, error);
    return absl::OkStatus();
  }

  absl::Status ScanFile(const std::string& path) {
    auto file = InputFile::Open(path);
    if (!file.ok()) return file.status();
    ++files_;
    Place place{.path = path};
    size_t kept = 0;  // of the chunk before: a key may begin in it
    for (;;) {
      const auto read =
          file->Read(absl::MakeSpan(buffer_).subspan(kept, kChunkBytes));
      if (!read.ok()) return read.status();
      const std::string_view text(buffer_.data(), kept + *read);
      const bool last = *read == 0;
      // What is too near to the end is looked at with what follows.
      const size_t scanned =
          last ? text.size()
               : text.size() - std::min(text.size(), key_size_ - 1);
      if (auto status = ScanText(text, scanned, place); !status.ok()) {
        return status;
      }
      if (last) return absl::OkStatus();
      kept = text.size() - scanned;
      std::copy(text.begin() + static_cast<std::ptrdiff_t>(scanned), text.end(),
                buffer_.begin());
    }
  }

  // Looks for keys that begin in the first `size` bytes of `text`.
  absl::Status ScanText(std::string_view text, size_t size, Place& place) {
    size_t at = 0;
    for (size_t next = text.find(lead_); next < size;
         next = text.find(lead_, at)) {
      Advance(text.substr(at, next - at), place);
      at = next;
      if (auto status = Judge(text.substr(at, key_size_), place);
          !status.ok()) {
        return status;
      }
      Advance(text.substr(at, 1), place);
      ++at;
    }
    if (at < size) Advance(text.substr(at, size - at), place);
    return absl::OkStatus();
  }

  static void Advance(std::string_view text, Place& place) {
    for (const char c : text) {
      place.column = c == '\n' ? 1 : place.column + 1;
      place.line += c == '\n';
    }
  }

  absl::Status Judge(std::string_view text, const Place& place) {
    const UnixSeconds now = ReadClock().wall;
    auto found = ledger_.Recognize(text, now);
    if (!found.ok()) return absl::AbortedError(found.status().message());
    if (!found->has_value()) return absl::OkStatus();
    ++found_;
    return Report(**found, place, now);
  }

  absl::Status Report(const FoundKey& found, const Place& place,
                      UnixSeconds now) {
    std::string state = "unknown";
    if (found.stored.has_value()) {
      std::string scopes;
      state = found.current
                  ? std::string(StateName(ViewOf(*found.stored, scopes), now))
                  : "replaced";
    }
    const bool usable =
        state == "active" || state == "rotating" || state == "disabled";
    usable_ += usable;
    bool revoked = false;
    if (usable && options_.revoke) {
      const absl::Status done = ledger_.Revoke(found.id.text(), now);
      if (!done.ok()) return absl::AbortedError(done.message());
      revoked = true;
      ++revoked_;
    }
    if (options_.json) {
      AppendJson(found, place, state, revoked);
    } else {
      absl::StrAppend(&output_.pending(), absl::Utf8SafeCHexEscape(place.path),
                      ":", place.line, ":", place.column, ": key ",
                      found.id.text(), ", ", state,
                      revoked ? ", revoked now\n" : "\n");
    }
    const absl::Status offered = output_.Offer();
    return offered.ok() ? offered : absl::AbortedError(offered.message());
  }

  void AppendJson(const FoundKey& found, const Place& place,
                  std::string_view state, bool revoked) {
    JsonWriter json(&output_.pending());
    json.BeginObject().Key("path").String(place.path);
    json.Key("line").Uint(place.line);
    json.Key("column").Uint(place.column);
    json.Key("key_id").String(found.id.text());
    json.Key("state").String(state);
    if (found.stored.has_value()) {
      json.Key("principal").String(found.stored->principal);
    }
    json.Key("revoked").Bool(revoked);
    json.EndObject();
    output_.pending() += '\n';
  }

  const ScanOptions& options_;
  KeyLedger& ledger_;
  const std::string lead_;
  const size_t key_size_;
  std::vector<char> buffer_;
  Output output_;
  uint64_t files_ = 0;
  uint64_t found_ = 0;
  uint64_t usable_ = 0;
  uint64_t revoked_ = 0;
  bool unread_ = false;
};

}  // namespace

ExitStatus ScanForKeys(const ScanOptions& options) {
  auto opened = OpenKeyStore(options.config,
                             options.revoke ? Access::kChange : Access::kRead);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  KeyLedger& ledger = *std::get<OpenKeys>(opened).ledger;
  auto lead = ledger.KeyLead();
  if (!lead.ok()) return Fail(ExitStatus::kConfiguration, lead.status());
  Scanner scanner(options, ledger, *std::move(lead));
  for (const std::string& path : options.paths) {
    const absl::Status scanned = scanner.ScanPath(path);
    if (absl::IsAborted(scanned)) return Fail(ExitStatus::kIo, scanned);
    if (!scanned.ok()) scanner.Complain(scanned);
  }
  if (auto status = scanner.Flush(); !status.ok()) {
    return Fail(ExitStatus::kIo, status);
  }
  return scanner.Finish();
}

}  // namespace tollgate::cli
