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

// Reads a publisher's keys from `text`, what is in its file.
absl::StatusOr<Publisher> ReadPublisher(const PublisherOptions& options,
                                        const std::string& text) {
  JwksOptions reading = PublisherKeyOptions();
  reading.use = KeyUse::kOften;
  auto keys = KeySet::ParseSet(text, reading);
  if (!keys.ok()) return InFile(options.jwks_file, keys.status());
  return Publisher{options.id, *std::move(keys)};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ToolTrust>> LoadToolTrust(
    const Config& config, const std::shared_ptr<const ToolTrust>& previous,
    const ProofStamp& stamp) {
  if (!config.tools.has_value()) return std::shared_ptr<const ToolTrust>();
  const ToolsOptions& options = *config.tools;
  std::vector<Publisher> publishers;
  std::string framed;
  for (size_t i = 0; i < options.publishers.size(); ++i) {
    const std::string place = absl::StrCat("tools.publishers[", i, "]");
    const auto text =
        ReadFile(options.publishers[i].jwks_file, limits::kJwksBytesMax);
    if (!text.ok()) return config.ErrorAt(place, text.status());
    auto publisher = ReadPublisher(options.publishers[i], *text);
    if (!publisher.ok()) return config.ErrorAt(place, publisher.status());
    publishers.push_back(*std::move(publisher));
    absl::StrAppend(&framed, text->size(), ":", *text);
  }
  const Sha256Digest content = Sha256(framed);
  if (previous != nullptr && previous->content == content &&
      previous->options == options) {
    return previous;
  }
  auto made = Publishers::Create(std::move(publishers));
  if (!made.ok()) return config.ErrorAt("tools.publishers", made.status());
  return std::make_shared<const ToolTrust>(
      ToolTrust{options, content, *std::move(made), stamp});
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
