#include "engine/lookup/jwks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "engine/json/reader.h"
#include "engine/lookup/jwk_thumbprint.h"

namespace tollgate {
namespace {

using Entry = KeySet::Entry;

// A reader whose document is gone with it.
class WipedReader {
 public:
  ~WipedReader() { reader_.Wipe(); }
  absl::StatusOr<JsonValue> Parse(std::string_view json) {
    return reader_.Parse(json);
  }

 private:
  JsonReader reader_{{.bytes_max = limits::kJwksBytesMax,
                      .depth_max = limits::kJwksNestingMax}};
};

// Returns the kid, "" if there is none.
absl::StatusOr<std::string> ReadKid(const JsonValue& jwk) {
  const auto object = jwk.Object();
  if (!object.ok()) return object.status();
  const auto kid = object->Find("kid");
  if (!kid.has_value()) return "";
  const auto text = kid->String();
  if (!text.ok()) return text.status();
  if (text->empty() || text->size() > limits::kKidBytesMax) {
    return kid->Error(
        absl::StrCat("must have 1 to ", limits::kKidBytesMax, " bytes"));
  }
  return std::string(*text);
}

// What a key says it is, before it is looked at.
struct Identity {
  std::string kid;
  Algorithm algorithm;
};

absl::StatusOr<Identity> ReadIdentity(const JsonValue& jwk,
                                      const JwksOptions& options) {
  auto kid = ReadKid(jwk);
  if (!kid.ok()) return kid.status();
  const auto algorithm = BindAlgorithm(jwk, options);
  if (!algorithm.ok()) return algorithm.status();
  return Identity{*std::move(kid), *algorithm};
}

// Collects the entries of a set, each key once.
class Collector {
 public:
  explicit Collector(const JwksOptions& options) : options_(options) {}

  // Reads one key. Returns an error if the whole set is to be refused.
  absl::Status Add(const JsonValue& jwk) {
    if (!options_.allow_private && jwk.kind() == JsonKind::kObject) {
      if (auto status = CheckPublic(jwk); !status.ok()) return status;
    }
    auto identity = ReadIdentity(jwk, options_);
    if (!identity.ok()) return Skip(identity.status());
    const auto claimed = Claim(jwk, *identity);
    if (!claimed.ok()) return claimed.status();
    if (!*claimed) return absl::OkStatus();
    auto key = ReadVerifyingKey(jwk, identity->algorithm);
    if (!key.ok()) return Skip(key.status());
    entries.push_back({std::move(identity->kid), *std::move(key)});
    return absl::OkStatus();
  }

  std::vector<Entry> entries;
  std::vector<std::string> skipped;

 private:
  // A key that is malformed has no digest, and is another than any.
  struct Claimed {
    Identity identity;
    std::optional<Sha256Digest> digest;
  };

  absl::Status Skip(const absl::Status& why) {
    skipped.emplace_back(why.message());
    return absl::OkStatus();
  }

  // Returns whether the key is a new one; an error if its identity is that of
  // another. A malformed key counts: it was meant to be there.
  absl::StatusOr<bool> Claim(const JsonValue& jwk, const Identity& identity) {
    const auto found = internal::JwkDigest(*jwk.Object());
    const auto digest = found.ok() ? std::optional(*found) : std::nullopt;
    for (const Claimed& other : claimed_) {
      if (other.identity.kid != identity.kid ||
          other.identity.algorithm != identity.algorithm) {
        continue;
      }
      if (digest.has_value() && other.digest == digest) return false;
      if (!identity.kid.empty()) {
        return jwk.Error("has the kid of another key of its algorithm");
      }
    }
    claimed_.push_back({identity, digest});
    return true;
  }

  const JwksOptions& options_;
  std::vector<Claimed> claimed_;
};

// Whether there are secrets beside public keys: documents for two kinds of
// reader, one of whom must not see the whole.
bool IsMixed(absl::Span<const Entry> entries) {
  for (const Entry& entry : entries) {
    if (IsSymmetric(entry.key.algorithm()) !=
        IsSymmetric(entries.front().key.algorithm())) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<JsonArray> KeysOf(const JsonValue& document) {
  const auto object = document.Object();
  if (!object.ok()) return object.status();
  const auto keys = object->Get("keys");
  if (!keys.ok()) return keys.status();
  const auto array = keys->Array();
  if (array.ok() && array->size() > limits::kJwksKeysMax) {
    return keys->Error(
        absl::StrCat("has more than ", limits::kJwksKeysMax, " keys"));
  }
  return array;
}

}  // namespace

KeySet::KeySet(std::vector<Entry> entries, std::vector<std::string> skipped)
    : entries_(std::make_shared<std::vector<Entry>>(std::move(entries))),
      skipped_(std::move(skipped)) {}

absl::StatusOr<KeySet> KeySet::ParseSet(std::string_view json,
                                        const JwksOptions& options) {
  WipedReader reader;
  const auto document = reader.Parse(json);
  if (!document.ok()) return document.status();
  const auto keys = KeysOf(*document);
  if (!keys.ok()) return keys.status();
  Collector collector(options);
  for (const JsonValue jwk : *keys) {
    if (auto status = collector.Add(jwk); !status.ok()) return status;
  }
  if (IsMixed(collector.entries)) {
    return absl::InvalidArgumentError("keys: has secrets beside public keys");
  }
  return KeySet(std::move(collector.entries), std::move(collector.skipped));
}

absl::StatusOr<KeySet> KeySet::ParseKey(std::string_view json,
                                        const JwksOptions& options) {
  WipedReader reader;
  const auto jwk = reader.Parse(json);
  if (!jwk.ok()) return jwk.status();
  if (!options.allow_private) {
    if (auto status = CheckPublic(*jwk); !status.ok()) return status;
  }
  auto identity = ReadIdentity(*jwk, options);
  if (!identity.ok()) return identity.status();
  auto key = ReadVerifyingKey(*jwk, identity->algorithm);
  if (!key.ok()) return key.status();
  return Of({std::move(identity->kid), *std::move(key)});
}

KeySet KeySet::Of(Entry entry) {
  std::vector<Entry> entries;
  entries.push_back(std::move(entry));
  return KeySet(std::move(entries), {});
}

void KeySet::Prepare() {
  if (entries_ == nullptr) return;
  const size_t count = std::min(entries_->size(), limits::kPreparedKeysMax);
  for (size_t i = 0; i < count; ++i) (*entries_)[i].key.Prepare();
}

const Entry* KeySet::Find(std::string_view kid, bool has_kid,
                          Algorithm algorithm) const {
  if (algorithm == Algorithm::kNone || (has_kid && kid.empty())) return nullptr;
  const Entry* found = nullptr;
  for (const Entry& entry : entries()) {
    if (entry.key.algorithm() != algorithm) continue;
    if (has_kid && entry.kid != kid) continue;
    if (found != nullptr) return nullptr;
    found = &entry;
  }
  return found;
}

bool KeySet::HasKid(std::string_view kid) const {
  if (kid.empty()) return false;
  for (const Entry& entry : entries()) {
    if (entry.kid == kid) return true;
  }
  return false;
}

}  // namespace tollgate
