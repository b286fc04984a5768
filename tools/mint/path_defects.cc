// What is wrong with the certificates of a chain, as a path.

#include "tools/mint/defect_tables.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate::mint {
namespace {

// The certificate of one end entity, with the key of another's issuer.
void IssueByLeaf(Recipe& r) {
  r.more = {r.leaf};
  r.leaf.serial = std::string(1, '\x04');
  r.leaf.issuer = r.leaf.subject;
  r.leaf.subject = Name("client two");
}

// Each of two intermediates is the issuer of the other.
void GoInACycle(Recipe& r) {
  Lengthen(r, 1);
  r.intermediate.issuer = r.more.back().subject;
  r.intermediate_signer = r.intermediate_key;
}

// Each of nine intermediates may be the issuer of each other: a search that
// goes all ways has 9! paths.
void GoManyWays(Recipe& r) {
  r.send_intermediate = false;
  for (char i = 0; i < 9; ++i) {
    CertificateSpec other = r.intermediate;
    other.serial = std::string(1, static_cast<char>('\x10' + i));
    other.issuer = other.subject;
    r.others.push_back(
        MintCertificate(other, MintKey::Ec().public_key(), r.intermediate_key));
  }
}

}  // namespace

std::vector<Defect> PathDefects() {
  return {
      {"leaf_expired", "certificate_expired",
       [](Recipe& r) { r.leaf.not_after = kGoodTime - 1; }},
      {"leaf_not_yet_valid", "certificate_not_yet_valid",
       [](Recipe& r) { r.leaf.not_before = kGoodTime + 1; }},
      {"intermediate_expired", "certificate_expired",
       [](Recipe& r) { r.intermediate.not_after = kGoodTime - 1; }},
      {"intermediate_not_yet_valid", "certificate_not_yet_valid",
       [](Recipe& r) { r.intermediate.not_before = kGoodTime + 1; }},
      {"root_expired", "certificate_expired",
       [](Recipe& r) { r.root.not_after = kGoodTime - 1; }},
      {"leaf_signature_corrupt", "bad_signature",
       [](Recipe& r) { r.leaf.corrupt_signature = true; }},
      {"intermediate_signature_corrupt", "bad_signature",
       [](Recipe& r) { r.intermediate.corrupt_signature = true; }},
      {"anchor_of_another_key", "bad_signature",
       [](Recipe& r) { r.anchor_key = MintKey::Ec(); }},
      {"missing_intermediate", "unknown_anchor",
       [](Recipe& r) { r.send_intermediate = false; }},
      {"leaf_is_the_anchor", "unknown_anchor",
       [](Recipe& r) { r.leaf_is_anchor = true; }},
      {"intermediate_is_no_authority", "not_an_authority",
       [](Recipe& r) { Replace(r.intermediate, BasicConstraints(false)); }},
      {"intermediate_without_basic_constraints", "not_an_authority",
       [](Recipe& r) { Remove(r.intermediate, "2.5.29.19"); }},
      {"intermediate_must_not_sign", "not_an_authority",
       [](Recipe& r) { Replace(r.intermediate, KeyUsage(kCrlSignBit)); }},
      {"authority_without_a_name", "malformed_credential",
       [](Recipe& r) {
         r.intermediate.subject = Name("");
         r.leaf.issuer = Name("");
       }},
      {"path_length_exceeded", "path_too_long",
       [](Recipe& r) { Replace(r.root, BasicConstraints(true, 0)); }},
      {"path_length_of_intermediate_exceeded", "path_too_long",
       [](Recipe& r) {
         Lengthen(r, 1);
         Replace(r.intermediate, BasicConstraints(true, 0));
       }},
      {"root_is_no_authority", "not_an_authority",
       [](Recipe& r) { Replace(r.root, BasicConstraints(false)); }},
      {"root_must_not_sign", "not_an_authority",
       [](Recipe& r) { Replace(r.root, KeyUsage(kCrlSignBit)); }},
      {"leaf_issued_by_a_leaf", "not_an_authority", IssueByLeaf},
      {"intermediates_in_a_cycle", "unknown_anchor", GoInACycle},
      {"intermediates_of_one_name", "too_much_work", GoManyWays},
      {"chain_of_twelve", "too_much_work", [](Recipe& r) { Lengthen(r, 10); }},
      {"chain_too_long", "unknown_anchor", [](Recipe& r) { Lengthen(r, 7); }},
      {"leaf_for_servers", "wrong_usage",
       [](Recipe& r) { Replace(r.leaf, ExtendedKeyUsage({kServerAuth})); }},
      {"leaf_for_anything", "wrong_usage",
       [](Recipe& r) { Replace(r.leaf, ExtendedKeyUsage({kAnyUsage})); }},
      {"intermediate_for_servers", "wrong_usage",
       [](Recipe& r) {
         Replace(r.intermediate, ExtendedKeyUsage({kServerAuth}));
       }},
      {"leaf_must_not_sign", "wrong_usage",
       [](Recipe& r) { Replace(r.leaf, KeyUsage(kKeyEnciphermentBit)); }},
      {"unknown_critical_extension_in_leaf", "critical_extension",
       [](Recipe& r) { r.leaf.extensions.push_back(Unknown(true)); }},
      {"unknown_critical_extension_in_intermediate", "critical_extension",
       [](Recipe& r) { r.intermediate.extensions.push_back(Unknown(true)); }},
      {"unknown_critical_extension_in_root", "critical_extension",
       [](Recipe& r) { r.root.extensions.push_back(Unknown(true)); }},
      {"policy_required_and_missing", "certificate_policy",
       [](Recipe& r) {
         r.intermediate.extensions.push_back(PolicyConstraints(0));
         r.intermediate.extensions.push_back(Policies({"1.3.6.1.4.1.55555.3"}));
         r.leaf.extensions.push_back(Policies({"1.3.6.1.4.1.55555.4"}));
       }},
      {"sha1_signature", "weak_certificate",
       [](Recipe& r) {
         UseKeys(r, MintKey::Rsa(2048), r.leaf_key);
         r.leaf.scheme = Scheme::kRsaSha1;
       }},
      {"md5_signature", "weak_certificate",
       [](Recipe& r) {
         UseKeys(r, MintKey::Rsa(2048), r.leaf_key);
         r.leaf.scheme = Scheme::kRsaMd5;
       }},
      {"rsa_1024_leaf", "weak_certificate",
       [](Recipe& r) { UseKeys(r, r.intermediate_key, MintKey::Rsa(1024)); }},
      {"rsa_1024_intermediate", "weak_certificate",
       [](Recipe& r) { UseKeys(r, MintKey::Rsa(1024), r.leaf_key); }},
      {"curve_p224", "weak_certificate",
       [](Recipe& r) { UseKeys(r, r.intermediate_key, MintKey::Ec(224)); }},
  };
}

}  // namespace tollgate::mint
