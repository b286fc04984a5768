#include "engine/tool_trust.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/file_bytes.h"

namespace tollgate {
namespace {

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

// Returns the keys that were read from this content before; null if none were.
const KeySet* FindRead(const ToolTrust* previous, const Sha256Digest& content) {
  if (previous == nullptr) return nullptr;
  for (size_t i = 0; i < previous->contents.size(); ++i) {
    if (previous->contents[i] == content) {
      return &previous->publishers.all()[i].keys;
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ToolTrust>> LoadToolTrust(
    const Config& config, const std::shared_ptr<const ToolTrust>& previous,
    const ProofStamp& stamp) {
  if (!config.tools.has_value()) return std::shared_ptr<const ToolTrust>();
  const ToolsOptions& options = *config.tools;
  std::vector<Publisher> publishers;
  std::vector<Sha256Digest> contents;
  std::vector<size_t> read_anew;
  for (size_t i = 0; i < options.publishers.size(); ++i) {
    const std::string place = absl::StrCat("tools.publishers[", i, "]");
    const auto text =
        ReadRegularFile(options.publishers[i].jwks_file, limits::kJwksBytesMax);
    if (!text.ok()) return config.ErrorAt(place, text.status());
    contents.push_back(Sha256(*text));
    const KeySet* const read = FindRead(previous.get(), contents.back());
    if (read != nullptr) {
      publishers.push_back({options.publishers[i].id, *read});
      continue;
    }
    auto keys = KeySet::ParseSet(*text, PublisherKeyOptions());
    if (!keys.ok()) {
      return config.ErrorAt(
          place, InFile(options.publishers[i].jwks_file, keys.status()));
    }
    publishers.push_back({options.publishers[i].id, *std::move(keys)});
    read_anew.push_back(i);
  }
  if (previous != nullptr && previous->contents == contents &&
      previous->options == options) {
    return previous;
  }
  // Only now: what is refused costs no more than reading it.
  for (const size_t i : read_anew) publishers[i].keys.Prepare();
  auto made = Publishers::Create(std::move(publishers));
  if (!made.ok()) return config.ErrorAt("tools.publishers", made.status());
  return std::make_shared<const ToolTrust>(
      ToolTrust{options, std::move(contents), *std::move(made), stamp});
}

std::vector<KeyFile> ToolTrustFiles(const Config& config) {
  std::vector<KeyFile> files;
  if (!config.tools.has_value()) return files;
  for (const PublisherOptions& publisher : config.tools->publishers) {
    files.emplace_back(publisher.jwks_file);
  }
  return files;
}

}  // namespace tollgate
