// Signed tool definitions: an engine that has them in its
// cache, what proves them, and the parts of that alone.
//
// Every definition is another, of one publisher, approved, with a schema of
// properties, texts and numbers, written as a program writes it: some 200 bytes
// a property, and 400.
//
// Thread-safety: LiveTools may be shared once made; a loop belongs to one
// thread. Cost: approving one is a write to the store.

#ifndef TOLLGATE_BENCH_SUPPORT_LIVE_TOOLS_H_
#define TOLLGATE_BENCH_SUPPORT_LIVE_TOOLS_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bench/support/engine_fixture.h"
#include "engine/crypto/signing_key.h"
#include "engine/crypto/verifying_key.h"
#include "engine/json/reader.h"
#include "engine/lookup/publishers.h"
#include "engine/validator.h"
#include "engine/verify/tool_definition.h"

namespace tollgate::bench {

class LiveTools {
 public:
  LiveTools(size_t count, size_t properties);

  Validator& validator() { return *validator_; }
  const std::string& document(size_t i) const { return documents_[i]; }
  const std::string& definition(size_t i) const { return definitions_[i]; }
  size_t size() const { return documents_.size(); }
  double mean_definition_bytes() const;

  // Document `i` with another description, which nobody has approved.
  std::string ChangedDocument(size_t i) const;

  const Publishers& publishers() const { return publishers_; }
  // What is signed, and the signature; both of document `i`.
  const std::string& message(size_t i) const { return messages_[i]; }
  const std::string& signature(size_t i) const { return signatures_[i]; }
  const VerifyingKey& key() const { return *key_; }

 private:
  ScratchFolder folder_;
  const SigningKey signer_;
  std::unique_ptr<Validator> validator_;
  std::vector<std::string> definitions_, documents_, messages_, signatures_;
  Publishers publishers_;
  std::unique_ptr<const VerifyingKey> key_;
};

// Verifies them one after the other, found in the cache.
class ToolHitLoop {
 public:
  explicit ToolHitLoop(LiveTools* tools);
  void Call();

 private:
  LiveTools* const tools_;
  Validator::Worker worker_;
  size_t at_ = 0;
};

// The same without a cache.
class ToolMissLoop {
 public:
  explicit ToolMissLoop(const LiveTools* tools) : tools_(tools) {}
  void Call();

 private:
  const LiveTools* const tools_;
  ToolDefinitionVerifier verifier_;
  size_t at_ = 0;
};

// Their signatures alone, over the bytes that are signed.
class BareToolLoop {
 public:
  explicit BareToolLoop(const LiveTools* tools) : tools_(tools) {}
  void Call();

 private:
  const LiveTools* const tools_;
  size_t at_ = 0;
};

// Reads each definition, writes its canonical form and digests that.
class CanonicalLoop {
 public:
  explicit CanonicalLoop(const LiveTools* tools)
      : tools_(tools), reader_({.big_integers = true}) {}
  void Call();

 private:
  const LiveTools* const tools_;
  JsonReader reader_;
  std::string canonical_;
  size_t at_ = 0;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_LIVE_TOOLS_H_
