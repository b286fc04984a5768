// What is not a certificate of RFC 5280 at all.

#include "tools/mint/defect_tables.h"
#include "tools/mint/der_text.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate::mint {
namespace {

// The public key with its last octet changed: no point of the curve, which has
// two for each x, that differ in more than one bit of y.
std::string KeyOffTheCurve(const MintKey& key) {
  std::string public_key = key.public_key();
  public_key.back() ^= 1;
  return public_key;
}

std::string KeyOfUnknownAlgorithm() {
  return Der(0x30,
             Der(0x30, DerOid("1.3.6.1.4.1.55555.6")) + DerBits("no key"));
}

}  // namespace

std::vector<Defect> FormDefects() {
  return {
      {"extension_twice", "malformed_credential",
       [](Recipe& r) {
         r.leaf.extensions.push_back(KeyUsage(kDigitalSignatureBit));
       }},
      {"curve_with_explicit_parameters", "malformed_credential",
       [](Recipe& r) {
         r.leaf_public_key = r.leaf_key.public_key_with_explicit_curve();
       }},
      {"key_off_the_curve", "malformed_credential",
       [](Recipe& r) { r.leaf_public_key = KeyOffTheCurve(r.leaf_key); }},
      {"key_of_unknown_algorithm", "malformed_credential",
       [](Recipe& r) { r.leaf_public_key = KeyOfUnknownAlgorithm(); }},
      {"length_not_minimal", "malformed_credential",
       [](Recipe& r) { r.leaf_encoding = BerWithLongLength; }},
      {"length_indefinite", "malformed_credential",
       [](Recipe& r) { r.leaf_encoding = BerWithoutLength; }},
      {"two_algorithms", "malformed_credential",
       [](Recipe& r) { r.leaf.outer_scheme = Scheme::kEcdsaSha384; }},
      {"nul_in_dns", "malformed_credential",
       [](Recipe& r) {
         NameLeaf(r, {Dns({"one.example.com\0.evil.test", 26})});
       }},
      {"nul_in_uri", "malformed_credential",
       [](Recipe& r) {
         NameLeaf(r, {Uri({"urn:client:one\0x", 16})});
       }},
      {"nul_in_email", "malformed_credential",
       [](Recipe& r) {
         NameLeaf(r, {Email({"one@example.com\0x", 17})});
       }},
      {"nul_in_common_name", "malformed_credential",
       [](Recipe& r) {
         r.leaf.subject = Name({"one\0evil", 8});
       }},
      {"no_name_in_the_list", "malformed_credential",
       [](Recipe& r) { NameLeaf(r, {}); }},
      {"ip_of_five_octets", "malformed_credential",
       [](Recipe& r) { NameLeaf(r, {Ip("\x0a\x01\x01\x01\x01")}); }},
      {"bytes_behind_the_end", "malformed_credential",
       [](Recipe& r) { r.leaf_suffix = std::string(1, '\0'); }},
      {"serial_negative", "malformed_credential",
       [](Recipe& r) { r.leaf.serial = std::string(1, '\x81'); }},
      {"serial_zero", "malformed_credential",
       [](Recipe& r) { r.leaf.serial = std::string(1, '\0'); }},
      {"serial_too_long", "malformed_credential",
       [](Recipe& r) { r.leaf.serial = std::string(21, '\x11'); }},
      {"serial_not_minimal", "malformed_credential",
       [](Recipe& r) { r.leaf.serial = std::string("\0\x05", 2); }},
      {"version_1_with_extensions", "malformed_credential",
       [](Recipe& r) { r.leaf.version = 1; }},
      {"version_2_with_extensions", "malformed_credential",
       [](Recipe& r) { r.leaf.version = 2; }},
      {"version_4", "malformed_credential",
       [](Recipe& r) { r.leaf.version = 4; }},
      {"version_1_with_unique_id", "malformed_credential",
       [](Recipe& r) {
         r.leaf.version = 1;
         r.leaf.extensions.clear();
         r.leaf.unique_ids = Der(0x81, {"\0\1", 2});
       }},
      {"unique_id_with_nine_unused_bits", "malformed_credential",
       [](Recipe& r) { r.leaf.unique_ids = Der(0x81, "\x09\x01"); }},
      {"unique_id_that_is_no_bit_string", "malformed_credential",
       [](Recipe& r) { r.leaf.unique_ids = Der(0x82, ""); }},
      {"object_identifier_empty", "malformed_credential",
       [](Recipe& r) { NameLeaf(r, {Der(0x88, "")}); }},
      {"object_identifier_without_an_end", "malformed_credential",
       [](Recipe& r) { NameLeaf(r, {Der(0x88, "\x2a\x86")}); }},
      {"object_identifier_not_minimal", "malformed_credential",
       [](Recipe& r) { NameLeaf(r, {Der(0x88, "\x2a\x80\x01")}); }},
      {"issuer_without_a_name", "malformed_credential",
       [](Recipe& r) { r.leaf.issuer = Name(""); }},
  };
}

}  // namespace tollgate::mint
