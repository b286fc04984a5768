#include "tools/mint/client_chains.h"

#include "tools/mint/defect_tables.h"

namespace tollgate::mint {
namespace {

std::string MintLeaf(const Recipe& r) {
  const std::string der = MintCertificate(
      r.leaf,
      r.leaf_public_key.empty() ? r.leaf_key.public_key() : r.leaf_public_key,
      r.leaf_signer.value_or(r.intermediate_key));
  return (r.leaf_encoding != nullptr ? r.leaf_encoding(der) : der) +
         r.leaf_suffix;
}

// Returns the chain as a client sends it, the end entity first.
std::vector<std::string> MintChain(const Recipe& r) {
  std::vector<std::string> chain = {MintLeaf(r)};
  // Further intermediates share one key.
  const std::string public_key = r.intermediate_key.public_key();
  for (auto more = r.more.rbegin(); more != r.more.rend(); ++more) {
    chain.push_back(MintCertificate(*more, public_key, r.intermediate_key));
  }
  if (r.send_intermediate) {
    chain.push_back(
        MintCertificate(r.intermediate, public_key,
                        r.intermediate_signer.value_or(r.root_key)));
  }
  chain.insert(chain.end(), r.others.begin(), r.others.end());
  return chain;
}

std::vector<std::string> MintCrls(const Recipe& r) {
  if (!r.send_crls) return {};
  std::vector<std::string> crls = {MintCrl(r.root_crl, r.root_key)};
  if (r.send_intermediate_crl) {
    crls.push_back(
        MintCrl(r.intermediate_crl, r.crl_signer.value_or(r.intermediate_key)));
  }
  return crls;
}

}  // namespace

Recipe GoodRecipe(const Names& names) {
  Recipe r;
  r.root = {.serial = "\x01", .subject = Name("root"), .issuer = Name("root")};
  r.root.extensions = {BasicConstraints(true),
                       KeyUsage(kKeyCertSignBit | kCrlSignBit)};
  r.intermediate = {.serial = "\x02",
                    .subject = Name("intermediate"),
                    .issuer = Name("root")};
  r.intermediate.extensions = {BasicConstraints(true),
                               KeyUsage(kKeyCertSignBit | kCrlSignBit)};
  r.leaf = {.serial = "\x03",
            .subject = Name("client one"),
            .issuer = Name("intermediate")};
  r.leaf.extensions = {KeyUsage(kDigitalSignatureBit),
                       ExtendedKeyUsage({kClientAuth})};
  std::vector<std::string> sans;
  if (!names.uri.empty()) sans.push_back(Uri(names.uri));
  if (!names.dns.empty()) sans.push_back(Dns(names.dns));
  if (!names.email.empty()) sans.push_back(Email(names.email));
  if (!sans.empty()) r.leaf.extensions.push_back(SubjectAltName(sans));
  r.root_crl = {.issuer = Name("root")};
  r.intermediate_crl = {.issuer = Name("intermediate")};
  return r;
}

ClientChainFiles Mint(const Recipe& r) {
  ClientChainFiles out;
  out.chain = MintChain(r);
  const MintKey anchor = r.anchor_key.value_or(r.root_key);
  out.anchors.push_back(
      r.leaf_is_anchor ? out.chain.front()
                       : MintCertificate(r.root, anchor.public_key(), anchor));
  if (r.send_anchor) out.chain.push_back(out.anchors.front());
  out.crls = MintCrls(r);
  out.leaf_private_pem = r.leaf_key.private_pem();
  return out;
}

const std::vector<Defect>& Defects() {
  static const auto& all = *[] {
    auto* defects = new std::vector<Defect>();
    for (const auto& part :
         {PathDefects(), NameDefects(), FormDefects(), RevocationDefects(),
          IdentityDefects(), Oddities()}) {
      defects->insert(defects->end(), part.begin(), part.end());
    }
    return defects;
  }();
  return all;
}

bool HasGoodPath(const Defect& defect) {
  return defect.reason == "ok" || defect.reason == "identity_not_accepted";
}

Recipe Spoilt(const Defect& defect) {
  Recipe recipe = GoodRecipe();
  defect.apply(recipe);
  return recipe;
}

}  // namespace tollgate::mint
