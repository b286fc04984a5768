// Good paths: whose they are is at fault, or nothing is.

#include <string_view>

#include "tools/mint/defect_tables.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate::mint {

namespace {

void Spiffe(Recipe& r, std::string_view id) { NameLeaf(r, {Uri(id)}); }

void SignLeafByRsa(Recipe& r, Scheme scheme) {
  UseKeys(r, MintKey::Rsa(2048), r.leaf_key);
  r.leaf.scheme = scheme;
}

// What RFC 5280 wants of authorities and lists beyond what is validated.
void NameKeys(Recipe& r) {
  r.send_crls = true;
  r.root.extensions.push_back(SubjectKeyId("root"));
  r.intermediate.extensions.push_back(SubjectKeyId("intermediate"));
  r.intermediate.extensions.push_back(AuthorityKeyId("root"));
  r.leaf.extensions.push_back(AuthorityKeyId("intermediate"));
  r.root_crl.extensions = {AuthorityKeyId("root"), CrlNumber(300)};
  r.intermediate_crl.extensions = {AuthorityKeyId("intermediate"),
                                   CrlNumber(300)};
}

}  // namespace

std::vector<Defect> IdentityDefects() {
  return {
      {"spiffe_two_uris", "identity_not_accepted",
       [](Recipe& r) {
         NameLeaf(
             r, {Uri("spiffe://example.org/a"), Uri("spiffe://example.org/b")});
       }},
      {"spiffe_beside_another_uri", "identity_not_accepted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("urn:x"), Uri("spiffe://example.org/a")});
       }},
      {"spiffe_authority", "identity_not_accepted",
       [](Recipe& r) {
         Spiffe(r, "spiffe://example.org/a");
         r.leaf.extensions.push_back(BasicConstraints(true));
       }},
      {"spiffe_may_sign_certificates", "identity_not_accepted",
       [](Recipe& r) {
         Spiffe(r, "spiffe://example.org/a");
         Replace(r.leaf, KeyUsage(kDigitalSignatureBit | kKeyCertSignBit));
       }},
      {"spiffe_without_key_usage", "identity_not_accepted",
       [](Recipe& r) {
         Spiffe(r, "spiffe://example.org/a");
         Remove(r.leaf, "2.5.29.15");
       }},
      {"spiffe_without_a_path", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org"); }},
      {"spiffe_with_a_port", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org:80/a"); }},
      {"spiffe_with_a_user", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://me@example.org/a"); }},
      {"spiffe_with_a_query", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a?b"); }},
      {"spiffe_with_a_fragment", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a#b"); }},
      {"spiffe_with_an_escape", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a%2fb"); }},
      {"spiffe_with_an_empty_segment", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a//b"); }},
      {"spiffe_with_a_slash_at_the_end", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a/"); }},
      {"spiffe_without_a_trust_domain", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe:///a"); }},
      {"spiffe_trust_domain_in_upper_case", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://Example.org/a"); }},
      {"spiffe_with_dots", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a/../b"); }},
      {"spiffe_in_upper_case", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "SPIFFE://example.org/a"); }},
      {"wildcard", "identity_not_accepted",
       [](Recipe& r) { NameLeaf(r, {Dns("*.example.com")}); }},
  };
}

std::vector<Defect> Oddities() {
  return {
      {"leaf_without_extended_key_usage", "ok",
       [](Recipe& r) { Remove(r.leaf, "2.5.29.37"); }},
      {"leaf_signature_twin", "ok",
       [](Recipe& r) { r.leaf.twin_signature = true; }},
      {"unknown_extension_not_critical", "ok",
       [](Recipe& r) { r.leaf.extensions.push_back(Unknown(false)); }},
      {"lists_in_force", "ok", [](Recipe& r) { r.send_crls = true; }},
      {"rsa", "ok",
       [](Recipe& r) { UseKeys(r, MintKey::Rsa(2048), MintKey::Rsa(2048)); }},
      {"rsa_3072", "ok",
       [](Recipe& r) { UseKeys(r, r.intermediate_key, MintKey::Rsa(3072)); }},
      {"rsa_sha384", "ok",
       [](Recipe& r) { SignLeafByRsa(r, Scheme::kRsaSha384); }},
      {"rsa_sha512", "ok",
       [](Recipe& r) { SignLeafByRsa(r, Scheme::kRsaSha512); }},
      {"rsa_pss", "ok",
       [](Recipe& r) { SignLeafByRsa(r, Scheme::kRsaPssSha256); }},
      {"rsa_pss_sha384", "ok",
       [](Recipe& r) { SignLeafByRsa(r, Scheme::kRsaPssSha384); }},
      {"rsa_pss_sha512", "ok",
       [](Recipe& r) { SignLeafByRsa(r, Scheme::kRsaPssSha512); }},
      {"curve_p384", "ok",
       [](Recipe& r) {
         UseKeys(r, MintKey::Ec(384), MintKey::Ec(384));
         r.leaf.scheme = Scheme::kEcdsaSha384;
       }},
      {"curve_p521", "ok",
       [](Recipe& r) {
         UseKeys(r, MintKey::Ec(521), MintKey::Ec(521));
         r.leaf.scheme = Scheme::kEcdsaSha512;
       }},
      {"authority_as_leaf", "ok",
       [](Recipe& r) { r.leaf.extensions.push_back(BasicConstraints(true)); }},
      {"anchor_is_sent", "ok", [](Recipe& r) { r.send_anchor = true; }},
      {"generalized_times", "ok",
       [](Recipe& r) { r.leaf.generalized_times = true; }},
      {"key_ids_that_fit", "ok", NameKeys},
      {"ed25519", "ok",
       [](Recipe& r) { UseKeys(r, MintKey::Ed25519(), MintKey::Ed25519()); }},
      {"names_permitted", "ok",
       [](Recipe& r) {
         NameLeaf(r, {Dns("one.example.com"), Email("one@example.com"),
                      Uri("https://one.example.com/x"),
                      Ip({"\x0a\x00\x00\x01", 4})});
         Constrain(
             r,
             {Dns("example.com"), Email("example.com"), Uri(".example.com"),
              Ip({"\x0a\x00\x00\x00\xff\x00\x00\x00", 8}),
              Directory(Name("client ONE"))},
             {Dns("other.example.com")});
       }},
      {"spiffe", "ok",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/ns/a/sa/b"); }},
  };
}

}  // namespace tollgate::mint
