// Chains of client certificates for tests: a good one, and others of which each
// has exactly one defect.
//
//   ClientChainFiles chain = Mint(GoodRecipe());
//   for (const Defect& defect : Defects()) ... Mint(Spoilt(defect)) ...
//
// The good chain: a root, an intermediate, an end entity with clientAuth and
// the names of its recipe; a revocation list of each authority; all of P-256.
// tools/mint/recipe_edits.h has what the defects are made with.
//
// Thread-safety: values and pure functions. Cost: RSA keys take seconds, once a
// process. Never for anything but tests.

#ifndef TOLLGATE_TOOLS_MINT_CLIENT_CHAINS_H_
#define TOLLGATE_TOOLS_MINT_CLIENT_CHAINS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/mint/certificate_mint.h"
#include "tools/mint/mint_key.h"

namespace tollgate::mint {

// An instant at which the good chain is good: 2026-01-01.
inline constexpr int64_t kGoodTime = 1'767'225'600;

// What a chain is made by.
struct Recipe {
  MintKey root_key = MintKey::Ec();
  MintKey intermediate_key = MintKey::Ec();
  MintKey leaf_key = MintKey::Ec();
  CertificateSpec root, intermediate, leaf;
  std::string leaf_public_key;         // else the key's own
  std::optional<MintKey> leaf_signer;  // else the intermediate's
  std::optional<MintKey> anchor_key;  // an anchor of the same name, another key
  std::vector<CertificateSpec> more;  // intermediates, signed by intermediate
  bool send_intermediate = true;
  bool leaf_is_anchor = false;
  std::string leaf_suffix;  // bytes behind the end
  CrlSpec root_crl, intermediate_crl;
  std::optional<MintKey> crl_signer;  // of the intermediate's list
  bool send_crls = false;
  bool send_intermediate_crl = true;
  std::optional<MintKey> intermediate_signer;  // else the root's
  std::string (*leaf_encoding)(std::string_view der) = nullptr;  // else DER
  std::vector<std::string> others;  // further certificates sent, in DER
  bool send_anchor = false;
};

// The names of the end entity; a kind that is empty is left out.
struct Names {
  std::string uri = "urn:client:one";
  std::string dns = "one.example.com";
  std::string email = "one@example.com";
};

Recipe GoodRecipe(const Names& names = Names());

struct ClientChainFiles {
  std::vector<std::string> chain;  // DER, the end entity's first
  std::vector<std::string> anchors;
  std::vector<std::string> crls;
  std::string leaf_private_pem;
};

ClientChainFiles Mint(const Recipe& recipe);

// One deviation from the good chain. `reason` is what a validator says of it,
// "ok" where only an identity, or a policy, is at fault.
struct Defect {
  std::string_view name;
  std::string_view reason;
  void (*apply)(Recipe& recipe);
};

const std::vector<Defect>& Defects();

// Whether the path of such a chain is good, whoever the client is.
bool HasGoodPath(const Defect& defect);

Recipe Spoilt(const Defect& defect);

}  // namespace tollgate::mint

#endif  // TOLLGATE_TOOLS_MINT_CLIENT_CHAINS_H_
