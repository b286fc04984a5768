// Certificates and public keys that are registered, through the whole engine.

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "openssl/bn.h"
#include "openssl/bytestring.h"
#include "openssl/ec.h"
#include "openssl/ecdsa.h"
#include "openssl/nid.h"
#include "tests/engine/certificate_gate.h"

namespace tollgate {
namespace {

// Returns the certificate with s of its signature over P-256 negated.
std::string WithTwinSignature(const std::string& der) {
  CBS input, certificate, signed_part, algorithm, bits;
  CBS_init(&input, reinterpret_cast<const uint8_t*>(der.data()), der.size());
  EXPECT_TRUE(CBS_get_asn1(&input, &certificate, CBS_ASN1_SEQUENCE));
  EXPECT_TRUE(
      CBS_get_asn1_element(&certificate, &signed_part, CBS_ASN1_SEQUENCE));
  EXPECT_TRUE(
      CBS_get_asn1_element(&certificate, &algorithm, CBS_ASN1_SEQUENCE));
  EXPECT_TRUE(CBS_get_asn1(&certificate, &bits, CBS_ASN1_BITSTRING));
  const bssl::UniquePtr<ECDSA_SIG> signature(
      ECDSA_SIG_from_bytes(CBS_data(&bits) + 1, CBS_len(&bits) - 1));
  const bssl::UniquePtr<EC_GROUP> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<BIGNUM> r(BN_dup(ECDSA_SIG_get0_r(signature.get())));
  bssl::UniquePtr<BIGNUM> s(BN_new());
  EXPECT_TRUE(BN_sub(s.get(), EC_GROUP_get0_order(group.get()),
                     ECDSA_SIG_get0_s(signature.get())));
  EXPECT_TRUE(ECDSA_SIG_set0(signature.get(), r.release(), s.release()));
  bssl::ScopedCBB out;
  CBB whole, twin;
  EXPECT_TRUE(CBB_init(out.get(), der.size()));
  EXPECT_TRUE(CBB_add_asn1(out.get(), &whole, CBS_ASN1_SEQUENCE));
  for (const CBS& part : {signed_part, algorithm}) {
    EXPECT_TRUE(CBB_add_bytes(&whole, CBS_data(&part), CBS_len(&part)));
  }
  EXPECT_TRUE(CBB_add_asn1(&whole, &twin, CBS_ASN1_BITSTRING));
  EXPECT_TRUE(CBB_add_u8(&twin, 0));
  EXPECT_TRUE(ECDSA_SIG_marshal(&twin, signature.get()));
  EXPECT_TRUE(CBB_flush(out.get()));
  return {reinterpret_cast<const char*>(CBB_data(out.get())),
          CBB_len(out.get())};
}

class RegistrationTest : public CertificateGateTest {
 protected:
  // The same certificate in the other spelling of its signature.
  ClientChain Twin() const {
    return *ClientChain::Of({WithTwinSignature(chain_.certificates()[0]),
                             chain_.certificates()[1]});
  }
};

TEST_F(RegistrationTest, OnlyTheRegisteredAreTakenByDefault) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  const Registration registration = ByCertificate(chain_);
  ASSERT_TRUE(Register(*gate, registration,
                       {.principal = "ann", .scopes = {"a"}, .policy = "other"})
                  .ok());
  const Decision decision = Ask(worker);
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_EQ(decision.principal.text(), "ann");
  EXPECT_EQ(decision.scopes->names()[0], "a");
  EXPECT_EQ(decision.limits, nullptr);  // of the policy `other`

  // Taken back, it is refused at the very next request.
  ASSERT_TRUE(gate->keys().Unregister(registration, {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  EXPECT_EQ(gate->keys().Unregister(registration, {kGoodTime}).code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(Register(*gate, registration, {.principal = "bob"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "bob");
  EXPECT_EQ(Register(*gate, registration, {.principal = "eve"}).code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(RegistrationTest, ARegistrationIsNoPassForAnotherPath) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe recipe = GoodRecipe();  // of authorities that nobody knows
  const auto strange = ClientChain::Of(Mint(recipe).chain);
  ASSERT_TRUE(
      Register(*gate, ByCertificate(*strange), {.principal = "x"}).ok());
  EXPECT_NE(Ask(worker, &*strange).verdict, Verdict::kAllow);
}

// An ECDSA signature has a twin, (r, -s), that verifies as well; a certificate
// with it is another certificate, which nobody registered.
TEST_F(RegistrationTest, TheTwinOfARegisteredCertificateIsNotRegistered) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(Register(*gate, ByCertificate(chain_), {.principal = "a"}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  const ClientChain twin = Twin();
  EXPECT_EQ(Ask(worker, &twin).reason, Reason::kNotRegistered);
  ASSERT_TRUE(Register(*gate, ByCertificate(twin), {.principal = "b"}).ok());
  EXPECT_EQ(Ask(worker, &twin).principal.text(), "b") << "it does verify";
}

TEST_F(RegistrationTest, APublicKeyOutlivesItsCertificate) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(Register(*gate, ByPublicKey(chain_), {.principal = "ann"}).ok());
  Recipe renewed = recipe_;
  renewed.leaf.serial = "\x55";
  const auto other = ClientChain::Of(Mint(renewed).chain);
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  EXPECT_EQ(Ask(worker, &*other).principal.text(), "ann");
}

TEST_F(RegistrationTest, TwoCertificatesServeWhileAClientRotates) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe next = recipe_;
  next.leaf_key = mint::MintKey::Ec();
  const auto other = ClientChain::Of(Mint(next).chain);
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  ASSERT_TRUE(
      Register(*gate, ByCertificate(*other), {.principal = "ann"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  EXPECT_EQ(Ask(worker, &*other).principal.text(), "ann");
  ASSERT_TRUE(gate->keys().Unregister(ByCertificate(chain_), {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  EXPECT_EQ(Ask(worker, &*other).reason, Reason::kOk);
}

TEST_F(RegistrationTest, ARegistrationEndsInItsTime) {
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_),
               {.principal = "ann", .expires_at = UnixSeconds{kGoodTime + 10}})
          .ok());
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 9)).reason,
            Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 10)).reason,
            Reason::kNotRegistered);
}

TEST_F(RegistrationTest, EitherIsTheRegistrationWhereThereIsOne) {
  Accept("either");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).principal.text(), "urn:client:one");
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  // What was registered and is not any more is not taken for unknown.
  ASSERT_TRUE(gate->keys().Unregister(ByCertificate(chain_), {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
}

TEST_F(RegistrationTest, RegistrationsSurviveARestart) {
  Accept("registered");
  {
    const auto gate = Open();
    ASSERT_TRUE(
        Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  }
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
}

// Its names may be anything.
TEST_F(RegistrationTest, NamesAreNotAskedForWhereRegistrationsSayWhoItIs) {
  mint::Names names;
  names.uri = "//nobody";
  Use(Mint(GoodRecipe(names)));
  Accept("registered");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "ann");
  Accept("anchored");
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kIdentityNotAccepted);
}

// Nobody gets around the end of a registration, or out of it, by spelling the
// certificate the other way, where its names or its key would do.
TEST_F(RegistrationTest, TheTwinOfWhatWasRegisteredIsNotTakenForUnknown) {
  Accept("either");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const ClientChain twin = Twin();
  EXPECT_EQ(Ask(worker, &twin).principal.text(), "urn:client:one");
  ASSERT_TRUE(
      Register(*gate, ByCertificate(chain_), {.principal = "ann"}).ok());
  EXPECT_EQ(Ask(worker, &twin).reason, Reason::kNotRegistered);
  ASSERT_TRUE(gate->keys().Unregister(ByCertificate(chain_), {kGoodTime}).ok());
  EXPECT_EQ(Ask(worker, &twin).reason, Reason::kNotRegistered);
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  ASSERT_TRUE(Register(*gate, ByPublicKey(chain_), {.principal = "bob"}).ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kNotRegistered);
  EXPECT_EQ(Ask(worker, &twin).reason, Reason::kNotRegistered);
}

TEST_F(RegistrationTest, AKeyServesCertificatesThatNeverWereRegistered) {
  Accept("either");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const ClientChain twin = Twin();
  ASSERT_TRUE(Register(*gate, ByPublicKey(chain_), {.principal = "bob"}).ok());
  EXPECT_EQ(Ask(worker).principal.text(), "bob");
  EXPECT_EQ(Ask(worker, &twin).principal.text(), "bob");
}

}  // namespace
}  // namespace tollgate
