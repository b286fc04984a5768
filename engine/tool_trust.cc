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

// Returns the keys of publisher `index` out of `text`, what is in its file: the
// previous ones, if that is the same.
absl::StatusOr<KeySet> ReadKeys(const ToolsOptions& options, size_t index,
                                const std::string& text,
                                const Sha256Digest& content,
                                const ToolTrust* previous) {
  if (previous != nullptr && index < previous->contents.size() &&
      previous->contents[index] == content) {
    return previous->publishers.all()[index].keys;
  }
  JwksOptions reading = PublisherKeyOptions();
  reading.prepare = true;
  auto keys = KeySet::ParseSet(text, reading);
  if (keys.ok()) return keys;
  return InFile(options.publishers[index].jwks_file, keys.status());
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ToolTrust>> LoadToolTrust(
    const Config& config, const std::shared_ptr<const ToolTrust>& previous,
    const ProofStamp& stamp) {
  if (!config.tools.has_value()) return std::shared_ptr<const ToolTrust>();
  const ToolsOptions& options = *config.tools;
  std::vector<Publisher> publishers;
  std::vector<Sha256Digest> contents;
  for (size_t i = 0; i < options.publishers.size(); ++i) {
    const std::string place = absl::StrCat("tools.publishers[", i, "]");
    const auto text =
        ReadFile(options.publishers[i].jwks_file, limits::kJwksBytesMax);
    if (!text.ok()) return config.ErrorAt(place, text.status());
    contents.push_back(Sha256(*text));
    auto keys = ReadKeys(options, i, *text, contents.back(), previous.get());
    if (!keys.ok()) return config.ErrorAt(place, keys.status());
    publishers.push_back({options.publishers[i].id, *std::move(keys)});
  }
  if (previous != nullptr && previous->contents == contents &&
      previous->options == options) {
    return previous;
  }
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
