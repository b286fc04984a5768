#include "bench/support/live_tools.h"

#include <fstream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "engine/base/base64url.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signing_key.h"
#include "engine/json/canonical.h"

namespace tollgate::bench {
namespace {

constexpr std::string_view kConfig = R"(version: 1
tools:
  publishers: [{ id: acme, jwks_file: acme.json }]
  max_age: 365d
  pins: first_use
  cache: { entries: 65536, max_age: 24h }
)";

constexpr Now kNow = {UnixSeconds{1'000'000}, MonotonicNanos{1'000'000}};

std::string MakeDefinition(size_t number, size_t count) {
  std::string properties;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(
        &properties, i == 0 ? "" : ", ", "\"property_", (i * 7 + number) % 100,
        "_", i, R"(": {"type": ")", i % 3 == 0 ? "string" : "number",
        R"(", "description": "What is asked for in field number )", i,
        R"(, in the unit that the caller\u2019s account is set to.", )",
        R"("minimum": )", i, R"(.5, "maximum": 1)", i,
        R"(00, "default": null})");
  }
  return absl::StrCat(
      R"({"name": "tool_)", number, R"(", "title": "Tool number )", number,
      R"(", "version": "1.2.)", number,
      R"(", "capabilities": ["net", "files:read"], "description": )",
      R"("Answers questions about one of many things.\nIt takes what stands )",
      R"(in its schema and gives back text.", "annotations": )",
      R"({"readOnlyHint": true, "openWorldHint": false}, "inputSchema": )",
      R"({"type": "object", "properties": {)", properties,
      R"(}, "required": ["property_1"], "additionalProperties": false}})");
}

std::string CanonicalText(std::string_view json) {
  JsonReader reader({});
  std::string text;
  AppendCanonical(*reader.Parse(json), text);
  return text;
}

std::string JwksOf(const SigningKey& key) {
  const PublicComponents parts = key.public_components();
  return absl::StrCat(
      R"({"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","kid":"k","x":")",
      EncodeBase64Url(parts.x), R"(","y":")", EncodeBase64Url(parts.y),
      R"("}]})");
}

std::string PayloadOf(std::string_view definition) {
  return absl::StrCat(R"({"tool_definition": )", definition,
                      R"(, "timestamp": 1000000, "version": "1.0"})");
}

std::string DocumentOf(std::string_view payload, std::string_view signature) {
  return absl::StrCat(R"({"payload": )", payload, R"(, "signature": ")",
                      absl::Base64Escape(signature),
                      R"(", "algorithm": "ES256", "key_id": "k"})");
}

size_t Next(size_t& at, size_t size) {
  at = at + 1 == size ? 0 : at + 1;
  return at;
}

}  // namespace

LiveTools::LiveTools(size_t count, size_t properties)
    : signer_(RequireValue(SigningKey::Generate(Algorithm::kEs256))) {
  const std::string jwks = JwksOf(signer_);
  std::ofstream(folder_.File("acme.json")) << jwks;
  std::ofstream(folder_.File("tollgate.yaml")) << kConfig;
  KeySet keys = *KeySet::ParseSet(jwks, PublisherKeyOptions());
  keys.Prepare();  // as the engine does
  publishers_ = *Publishers::Create({{"acme", std::move(keys)}});
  key_ = std::make_unique<const VerifyingKey>(*signer_.Verifier());
  validator_ = RequireValue(
      Validator::Open(folder_.File("tollgate.yaml"),
                      {.housekeeping = false, .clock = [] { return kNow; }}));
  for (size_t i = 0; i < count; ++i) {
    definitions_.push_back(MakeDefinition(i, properties));
    const std::string payload = PayloadOf(definitions_.back());
    messages_.push_back(CanonicalText(payload));
    signatures_.push_back(*signer_.Sign(messages_.back()));
    documents_.push_back(DocumentOf(payload, signatures_.back()));
  }
}

std::string LiveTools::ChangedDocument(size_t i) const {
  const std::string payload = PayloadOf(absl::StrReplaceAll(
      definitions_[i], {{"Answers questions", "Forwards questions"}}));
  return DocumentOf(payload, *signer_.Sign(CanonicalText(payload)));
}

double LiveTools::mean_definition_bytes() const {
  double bytes = 0;
  for (const std::string& definition : definitions_) {
    bytes += static_cast<double>(definition.size());
  }
  return bytes / static_cast<double>(definitions_.size());
}

ToolHitLoop::ToolHitLoop(LiveTools* tools)
    : tools_(tools), worker_(tools->validator().RegisterWorker()) {
  for (size_t i = 0; i < tools_->size(); ++i) Call();
}

void ToolHitLoop::Call() {
  const ToolDecision decision = worker_.VerifyToolDefinition(
      {tools_->document(Next(at_, tools_->size()))}, kNow);
  Require(decision.verdict == Verdict::kAllow, "a tool definition is refused");
}

void ToolMissLoop::Call() {
  VerifiedDefinition verified;
  const Reason reason = verifier_.Verify(
      {tools_->document(Next(at_, tools_->size()))}, tools_->publishers(),
      ToolRules(), DateOf(kNow.wall), verified);
  Require(reason == Reason::kOk, "a tool definition is not verified");
}

void BareToolLoop::Call() {
  const size_t i = Next(at_, tools_->size());
  Require(tools_->key().Verify(tools_->message(i), tools_->signature(i)),
          "a signature is not verified");
}

void CanonicalLoop::Call() {
  const auto document =
      reader_.Parse(tools_->definition(Next(at_, tools_->size())));
  canonical_.clear();
  AppendCanonical(*document, canonical_);
  Consume(Sha256(canonical_)[0]);
}

}  // namespace tollgate::bench
