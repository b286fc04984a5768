#include "tools/mint/client_chains.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/mint/der_text.h"

namespace tollgate::mint {
namespace {

Extension& Find(CertificateSpec& spec, std::string_view oid) {
  for (Extension& extension : spec.extensions) {
    if (extension.oid == oid) return extension;
  }
  return spec.extensions.emplace_back();
}

void Replace(CertificateSpec& spec, Extension extension) {
  Find(spec, extension.oid) = std::move(extension);
}

void Remove(CertificateSpec& spec, std::string_view oid) {
  std::erase_if(spec.extensions,
                [oid](const Extension& e) { return e.oid == oid; });
}

void Constrain(Recipe& r, const std::vector<std::string>& permitted,
               const std::vector<std::string>& excluded) {
  r.intermediate.extensions.push_back(NameConstraints(permitted, excluded));
}

void NameLeaf(Recipe& r, const std::vector<std::string>& names) {
  Replace(r.leaf, SubjectAltName(names));
}

void UseKeys(Recipe& r, const MintKey& intermediate, const MintKey& leaf) {
  r.intermediate_key = intermediate;
  r.leaf_key = leaf;
}

// A chain of `count` intermediates, each issued by the one before.
void Lengthen(Recipe& r, int count) {
  for (int i = 0; i < count; ++i) {
    CertificateSpec next = r.intermediate;
    next.serial = std::string(1, static_cast<char>(i + 20));
    next.issuer = i == 0 ? r.intermediate.subject : r.more.back().subject;
    next.subject = Name(absl::StrCat("further ", i));
    r.more.push_back(next);
  }
  r.leaf.issuer = r.more.back().subject;
}

void Spiffe(Recipe& r, std::string_view id) { NameLeaf(r, {Uri(id)}); }

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

std::vector<Defect> NameDefects() {
  return {
      {"dns_excluded", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Dns("example.com")}); }},
      {"dns_excluded_in_another_case", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Dns("EXAMPLE.com")}); }},
      {"dns_not_permitted", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Dns("example.org")}, {}); }},
      {"dns_not_permitted_by_a_suffix", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Dns("one.badexample.com")});
         Constrain(r, {Dns("example.com")}, {});
       }},
      {"dns_wildcard_over_the_excluded", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Dns("*.example.com")});
         Constrain(r, {}, {Dns("secret.example.com")});
       }},
      {"dns_wildcard_wider_than_permitted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Dns("*.example.com")});
         Constrain(r, {Dns("one.example.com")}, {});
       }},
      {"dns_constraint_malformed", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Dns(".example.com")}, {}); }},
      {"uri_not_permitted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("https://one.example.com/x")});
         Constrain(r, {Uri("example.com")}, {});
       }},
      {"uri_excluded", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("https://one.EXAMPLE.com:8443/x")});
         Constrain(r, {}, {Uri(".example.com")});
       }},
      {"uri_of_an_address", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("https://[fe80::1%25eth0]/x")});
         Constrain(r, {}, {Uri(".example.com")});
       }},
      {"uri_without_a_host", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Uri(".example.com")}); }},
      {"email_excluded", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Email("example.com")}); }},
      {"email_not_permitted", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Email("two@example.com")}, {}); }},
      {"email_quoted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Email("\"one@bad\"@example.com")});
         Constrain(r, {Email("example.com")}, {});
       }},
      {"ip_excluded", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Ip({"\x0a\x00\x00\x01", 4})});
         Constrain(r, {}, {Ip({"\x0a\x00\x00\x00\xff\x00\x00\x00", 8})});
       }},
      {"ip_not_permitted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Ip({"\x0b\x00\x00\x01", 4})});
         Constrain(r, {Ip({"\x0a\x00\x00\x00\xff\x00\x00\x00", 8})}, {});
       }},
      {"ip_mask_with_gaps", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Ip({"\x0a\x00\x00\x01", 4})});
         Constrain(r, {Ip({"\x0a\x00\x00\x00\xff\x00\xff\x00", 8})}, {});
       }},
      {"directory_name_excluded", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Directory(Name("CLIENT  one "))}); }},
      {"directory_name_not_permitted", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Directory(Name("another"))}, {}); }},
      {"constraint_of_a_kind_unknown", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {OtherName()});
         Constrain(r, {}, {OtherName()});
       }},
  };
}

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
      {"issuer_without_a_name", "malformed_credential",
       [](Recipe& r) { r.leaf.issuer = Name(""); }},
  };
}

// These take the lists of both authorities with them.
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
         r.intermediate_crl.extensions.push_back(DeltaIndicator());
       }},
  };
}

// The path is good; whose the certificate is, is not.
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
      {"spiffe_with_dots", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "spiffe://example.org/a/../b"); }},
      {"spiffe_in_upper_case", "identity_not_accepted",
       [](Recipe& r) { Spiffe(r, "SPIFFE://example.org/a"); }},
      {"wildcard", "identity_not_accepted",
       [](Recipe& r) { NameLeaf(r, {Dns("*.example.com")}); }},
  };
}

// Not a defect under every configuration, or none at all.
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
      {"rsa_pss", "ok",
       [](Recipe& r) {
         UseKeys(r, MintKey::Rsa(2048), r.leaf_key);
         r.leaf.scheme = Scheme::kRsaPssSha256;
       }},
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
  const std::string leaf_key =
      r.leaf_public_key.empty() ? r.leaf_key.public_key() : r.leaf_public_key;
  const MintKey& signer =
      r.leaf_signer.has_value() ? *r.leaf_signer : r.intermediate_key;
  out.chain.push_back(MintCertificate(r.leaf, leaf_key, signer) +
                      r.leaf_suffix);
  // Further intermediates share one key.
  for (auto more = r.more.rbegin(); more != r.more.rend(); ++more) {
    out.chain.push_back(MintCertificate(*more, r.intermediate_key.public_key(),
                                        r.intermediate_key));
  }
  if (r.send_intermediate) {
    out.chain.push_back(MintCertificate(
        r.intermediate, r.intermediate_key.public_key(), r.root_key));
  }
  const MintKey& anchor = r.anchor_key.has_value() ? *r.anchor_key : r.root_key;
  out.anchors.push_back(
      r.leaf_is_anchor ? out.chain.front()
                       : MintCertificate(r.root, anchor.public_key(), anchor));
  if (r.send_crls) {
    out.crls.push_back(MintCrl(r.root_crl, r.root_key));
    if (r.send_intermediate_crl) {
      out.crls.push_back(MintCrl(r.intermediate_crl, r.crl_signer.has_value()
                                                         ? *r.crl_signer
                                                         : r.intermediate_key));
    }
  }
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

Recipe Spoilt(const Defect& defect) {
  Recipe recipe = GoodRecipe();
  defect.apply(recipe);
  return recipe;
}

}  // namespace tollgate::mint
