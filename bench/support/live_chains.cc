#include "bench/support/live_chains.h"

#include <algorithm>
#include <fstream>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "bench/support/check.h"
#include "engine/key_ledger.h"
#include "engine/model/registration.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/mint_key.h"

namespace tollgate::bench {
namespace {

constexpr std::string_view kConfig = R"(version: 1
mtls:
  trust_anchors: [ca.pem]
  accept: either
  cache: { entries: $ENTRIES, max_age: 24h }
  policy: standard
policies:
  standard:
    scopes: [tools:call]
    rate_limits: { per_second: 200000, per_minute: 6000000, per_day: 1000000000 }
    ip: { allow: [10.0.0.0/8], deny: [10.66.0.0/16] }
    endpoints: { allow: ["GET /v1/**", "POST /v1/*/*"], deny: ["/v1/admin/**"] }
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
)";

constexpr UnixSeconds kNow = {mint::kGoodTime};

// A cache is asked for more than is put into it: its sets fill unevenly.
constexpr size_t kRoom = 2;
constexpr size_t kEntriesMin = 65536;

mint::Recipe RecipeOf(ChainKeys keys) {
  mint::Recipe recipe = mint::GoodRecipe();
  if (keys == ChainKeys::kRsa2048) {
    recipe.root_key = mint::MintKey::Rsa(2048);
    recipe.intermediate_key = recipe.root_key;
  }
  return recipe;
}

// The `i`-th client of the recipe's authority.
mint::Recipe Client(mint::Recipe recipe, size_t i) {
  recipe.leaf.serial = absl::StrCat("s", i);
  recipe.leaf.subject = mint::Name(absl::StrCat("client ", i));
  recipe.leaf.extensions.back() = mint::SubjectAltName(
      {mint::Uri(absl::StrCat("spiffe://example.org/ns/a/sa/client-", i))});
  return recipe;
}

std::vector<CertificatePtr> ParseAll(const std::vector<std::string>& ders) {
  std::vector<CertificatePtr> parsed;
  for (const std::string& der : ders) {
    parsed.push_back(RequireValue(Certificate::Parse(der)));
  }
  return parsed;
}

std::unique_ptr<const CertificateVerifier> VerifierFor(
    const std::vector<std::string>& anchors) {
  return std::make_unique<const CertificateVerifier>(
      std::make_unique<const PathValidator>(
          ParseAll(anchors), std::vector<CrlPtr>(), PathOptions()),
      std::vector<TrustBundle>(),
      std::vector<IdentitySource>{IdentitySource::kUriSan});
}

}  // namespace

ClientChain MakeFaultyChain(ChainFault fault, size_t i) {
  mint::Recipe recipe = Client(RecipeOf(ChainKeys::kP256), i);
  recipe.leaf.serial = absl::StrCat("f", i);
  if (fault == ChainFault::kExpired) {
    recipe.leaf.not_after = recipe.leaf.not_before + 1;
  } else {
    recipe.intermediate.issuer = mint::Name("somebody else");
  }
  return *ClientChain::Of(Mint(recipe).chain);
}

LiveChains::LiveChains(size_t count) {
  const mint::Recipe recipe = RecipeOf(ChainKeys::kP256);
  std::ofstream(folder_.File("ca.pem")) << mint::Pem(Mint(recipe).anchors[0]);
  std::ofstream(folder_.File("tollgate.yaml")) << absl::StrReplaceAll(
      kConfig,
      {{"$ENTRIES", absl::StrCat(std::max(kRoom * count, kEntriesMin))}});
  validator_ = RequireValue(
      Validator::Open(folder_.File("tollgate.yaml"), {.housekeeping = false}));
  for (size_t i = 0; i < count; ++i) {
    chains_.push_back(*ClientChain::Of(Mint(Client(recipe, i)).chain));
    RequireOk(validator_->keys().Register(
        {RegistrationKind::kCertificate, chains_.back().end_entity_digest()},
        {.principal = absl::StrCat("client-", i)}, kNow));
  }
  std::shuffle(chains_.begin(), chains_.end(), std::mt19937(7));
}

ChainHitLoop::ChainHitLoop(LiveChains* chains)
    : chains_(chains), worker_(chains->validator().RegisterWorker()) {}

void ChainHitLoop::Warm() {
  for (size_t i = 0; i < chains_->size(); ++i) Call();
}

void ChainHitLoop::Call() {
  static constexpr HeaderView kHeaders[] = {{"Host", "api.example.com"},
                                            {"User-Agent", "agent/1.0"},
                                            {"Accept", "application/json"},
                                            {"Content-Type", "text/plain"},
                                            {"Content-Length", "348"}};
  const ClientChain& chain = chains_->chain(at_);
  at_ = at_ + 1 == chains_->size() ? 0 : at_ + 1;
  static const IpAddress peer = *IpAddress::Parse("10.20.1.17");
  const Decision decision = worker_.Validate(
      {"POST", "/v1/tools/call?x=1", peer, kHeaders, &chain}, clock_.Read());
  Require(decision.reason == Reason::kOk, "a good certificate was refused");
}

ChainMissLoop::ChainMissLoop(ChainKeys keys, size_t count) {
  const mint::Recipe recipe = RecipeOf(keys);
  verifier_ = VerifierFor(Mint(recipe).anchors);
  for (size_t i = 0; i < count; ++i) {
    chains_.push_back(Mint(Client(recipe, i)).chain);
  }
}

void ChainMissLoop::Call() {
  VerifiedCertificate verified;
  const Reason reason = verifier_->Verify(chains_[at_], kNow, verified);
  at_ = at_ + 1 == chains_.size() ? 0 : at_ + 1;
  Require(reason == Reason::kOk, "a good certificate was refused");
}

BareChainLoop::BareChainLoop(ChainKeys keys, size_t count) {
  const mint::Recipe recipe = RecipeOf(keys);
  for (size_t i = 0; i < count; ++i) {
    const mint::ClientChainFiles files = Mint(Client(recipe, i));
    const auto chain = ParseAll(files.chain);
    const auto anchors = ParseAll(files.anchors);
    signed_.push_back({chain[0], chain[1]});
    signed_.push_back({chain[1], anchors[0]});
  }
}

void BareChainLoop::Call() {
  for (int i = 0; i < 2; ++i) {
    const auto& [certificate, issuer] = signed_[at_];
    at_ = at_ + 1 == signed_.size() ? 0 : at_ + 1;
    Require(
        issuer->key.Verify(certificate->signature_scheme,
                           certificate->signed_part, certificate->signature),
        "a good signature was refused");
  }
}

CostlyChainLoop::CostlyChainLoop() {
  constexpr int kFurther = 4;
  constexpr int kAnchors = 16;
  mint::Recipe recipe = mint::GoodRecipe();
  recipe.root_key = mint::MintKey::Ec(521);
  recipe.intermediate_key = mint::MintKey::Ec(521);
  recipe.leaf.corrupt_signature = true;
  for (int i = 0; i < kFurther; ++i) {
    mint::CertificateSpec further = recipe.intermediate;
    further.issuer = recipe.leaf.issuer;
    further.subject = mint::Name(absl::StrCat("further ", i));
    recipe.leaf.issuer = further.subject;
    recipe.more.push_back(further);
  }
  chain_ = Mint(recipe).chain;
  for (int i = 0; i < kAnchors; ++i) {
    recipe.root.serial = std::string(1, static_cast<char>(0x20 + i));
    anchors_.push_back(Mint(recipe).anchors[0]);
  }
}

// With a verifier that remembers nothing yet.
void CostlyChainLoop::Call() {
  VerifiedCertificate verified;
  Require(VerifierFor(anchors_)->Verify(chain_, kNow, verified) != Reason::kOk,
          "a chain without an anchor was accepted");
}

}  // namespace tollgate::bench
