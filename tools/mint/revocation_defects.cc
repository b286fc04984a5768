// What is wrong with revocation lists.

#include "tools/mint/defect_tables.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate::mint {

std::vector<Defect> RevocationDefects() {
  return {
      {"leaf_revoked", "certificate_revoked",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.revoked = {{"\x07", {}}, {r.leaf.serial, {}}};
       }},
      {"intermediate_revoked", "certificate_revoked",
       [](Recipe& r) {
         r.send_crls = true;
         r.root_crl.revoked = {{r.intermediate.serial, {}}};
       }},
      {"list_stale", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.next_update = kGoodTime;
       }},
      {"list_not_yet_in_force", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.this_update = kGoodTime + 1;
       }},
      {"list_without_next_update", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.next_update.reset();
       }},
      {"list_missing", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.send_intermediate_crl = false;
       }},
      {"list_signature_corrupt", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.corrupt_signature = true;
       }},
      {"list_signed_with_sha1", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         UseKeys(r, MintKey::Rsa(2048), r.leaf_key);
         r.intermediate_crl.scheme = Scheme::kRsaSha1;
       }},
      {"list_signed_by_another", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.crl_signer = MintKey::Ec();
       }},
      {"list_with_unknown_critical_extension", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.extensions.push_back(Unknown(true));
       }},
      {"list_entry_with_unknown_critical_extension", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.revoked = {{"\x07", {Unknown(true)}}};
       }},
      {"list_issuer_must_not_sign_lists", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         Replace(r.intermediate, KeyUsage(kKeyCertSignBit));
       }},
      {"list_of_authorities_only", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.extensions.push_back(
             IssuingDistributionPoint({.authorities_only = true}));
       }},
      {"list_of_some_reasons", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.extensions.push_back(
             IssuingDistributionPoint({.some_reasons = true}));
       }},
      {"list_indirect", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.extensions.push_back(
             IssuingDistributionPoint({.indirect = true}));
       }},
      {"list_of_another_point", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.extensions.push_back(
             IssuingDistributionPoint({.uri = "http://crl.example/2"}));
         r.leaf.extensions.push_back(
             CrlDistributionPoint("http://crl.example/1"));
       }},
      {"list_delta", "revocation_unknown",
       [](Recipe& r) {
         r.send_crls = true;
         r.intermediate_crl.extensions = {CrlNumber(2), DeltaIndicator()};
       }},
  };
}

}  // namespace tollgate::mint
