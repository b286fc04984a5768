// Sessions that are resumed are judged like those that begin: the numbers are
// those of engine/crypto/mutual_tls_context.h.

#include <openssl/mem.h>
#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/crypto/mutual_tls_context.h"
#include "gtest/gtest.h"
#include "tests/tls/judged_handshakes.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/client_chains.h"

namespace tollgate {
namespace {

class ResumptionTest : public BothVersions {
 protected:
  std::vector<uint8_t> TicketOf(const SSL_SESSION* session) {
    const uint8_t* ticket = nullptr;
    size_t size = 0;
    SSL_SESSION_get0_ticket(session, &ticket, &size);
    return {ticket, ticket + size};
  }

  // Runs a handshake with `ticket` instead of that of `session`.
  Handshake RunWith(const std::vector<uint8_t>& ticket, SSL_SESSION* session) {
    EXPECT_EQ(SSL_SESSION_set_ticket(session, ticket.data(), ticket.size()), 1);
    return Run(Client(session));
  }
};

INSTANTIATE_TEST_SUITE_P(All, ResumptionTest,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         VersionName);

TEST_P(ResumptionTest, ASessionIsResumedWhereNothingHasChanged) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  const Handshake second = Run(Client(first.session.get()));
  EXPECT_TRUE(second.done);
  EXPECT_TRUE(second.resumed);
  EXPECT_EQ(second.chain, client_.chain);
  EXPECT_EQ(judged_, 2);  // R2
}

// CVE-2025-23419, CVE-2025-68121. R2.
TEST_P(ResumptionTest, AResumedClientIsJudgedByWhatIsInForceThen) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  verdict_ = ChainVerdict::kRevoked;
  const Handshake second = Run(Client(first.session.get()));
  EXPECT_FALSE(second.done);
  EXPECT_FALSE(second.resumed);
  EXPECT_EQ(second.alert, SSL_AD_CERTIFICATE_REVOKED);
  EXPECT_EQ(judged_, 3);  // in the ticket, and what was sent instead
}

// R2: who is asked for a certificate again must have one.
TEST_P(ResumptionTest, ATicketDoesNotStandInForACertificate) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  verdict_ = ChainVerdict::kRevoked;
  ClientOptions options = Client(first.session.get());
  options.key = ClientKey::kNone;
  const Handshake second = Run(options);
  EXPECT_FALSE(second.done);
  EXPECT_EQ(judged_, 2);
}

// R3.
TEST_P(ResumptionTest, TicketsEndWithTheirContext) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  ASSERT_TRUE(context_->Replace(Options()).ok());
  const Handshake second = Run(Client(first.session.get()));
  EXPECT_TRUE(second.done);
  EXPECT_FALSE(second.resumed);
}

TEST_P(ResumptionTest, TicketsAreOfOneContext) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  auto other = MutualTlsContext::Create(Options());
  ASSERT_TRUE(other.ok());
  std::swap(context_, *other);
  EXPECT_FALSE(Run(Client(first.session.get())).resumed);
  std::swap(context_, *other);
  EXPECT_TRUE(Run(Client(first.session.get())).resumed);
}

// R5: an hour after the key was proved, it is proved again, whatever was
// resumed in between.
TEST_P(ResumptionTest, ResumingDoesNotProlong) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  server_seconds_ahead_ = 50 * 60;
  Handshake second = Run(Client(first.session.get()));
  EXPECT_TRUE(second.resumed);
  // TLS 1.2 gives no other ticket for a resumed session.
  SSL_SESSION* const last =
      GetParam() == TLS1_3_VERSION ? second.session.get() : first.session.get();
  ASSERT_NE(last, nullptr);
  server_seconds_ahead_ = 61 * 60;
  const Handshake third = Run(Client(last));
  EXPECT_TRUE(third.done);
  EXPECT_FALSE(third.resumed);
}

// R1: not by the session's id, which is what TLS 1.2 has beside tickets.
using Tls12Test = JudgedHandshakes;
TEST_F(Tls12Test, WithoutTicketsNothingIsResumed) {
  ClientOptions options = {.version = TLS1_2_VERSION, .tickets = false};
  const Handshake first = Run(options);
  EXPECT_TRUE(first.done);
  options.session = first.session.get();
  const Handshake second = Run(options);
  EXPECT_TRUE(second.done);
  EXPECT_FALSE(second.resumed);
}

TEST_P(ResumptionTest, ATicketThatIsForgedIsAFullHandshake) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  const std::vector<uint8_t> ticket = TicketOf(first.session.get());
  ASSERT_GT(ticket.size(), 40u);
  for (const size_t at : {size_t{0}, size_t{20}, ticket.size() - 1}) {
    std::vector<uint8_t> spoilt = ticket;
    spoilt[at] ^= 1;
    const Handshake second = RunWith(spoilt, first.session.get());
    EXPECT_TRUE(second.done) << at;
    EXPECT_FALSE(second.resumed) << at;
  }
  EXPECT_TRUE(RunWith(ticket, first.session.get()).resumed);
}

TEST_P(ResumptionTest, ATicketOfAnotherSizeIsAFullHandshake) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  const std::vector<uint8_t> ticket = TicketOf(first.session.get());
  for (const size_t size : {size_t{1}, size_t{11}, size_t{12}, size_t{13},
                            size_t{28}, ticket.size() - 1, ticket.size() + 1}) {
    std::vector<uint8_t> other = ticket;
    other.resize(size);
    const Handshake second = RunWith(other, first.session.get());
    EXPECT_TRUE(second.done) << size;
    EXPECT_FALSE(second.resumed) << size;
  }
}

TEST_P(ResumptionTest, NoSessionMayBeginWithEarlyData) {
  const Handshake first = Run(Client());
  ASSERT_NE(first.session, nullptr);
  EXPECT_EQ(SSL_SESSION_early_data_capable(first.session.get()), 0);
}

// A certificate with so many names, of 80 bytes each.
mint::Recipe LongRecipe(int names) {
  mint::Recipe recipe = mint::GoodRecipe();
  std::vector<std::string> sans;
  for (int i = 0; i < names; ++i) {
    sans.push_back(mint::Uri(absl::StrCat("urn:", std::string(70, 'x'), i)));
  }
  recipe.leaf.extensions.push_back(mint::SubjectAltName(sans));
  return recipe;
}

// A session that is too long for a ticket is none, and no error.
template <int kNames>
class LongChainTest : public JudgedHandshakes {
 protected:
  LongChainTest() : JudgedHandshakes(LongRecipe(kNames)) {}

  void ExpectFullHandshakes() {
    for (const uint16_t version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const Handshake first = Run({.version = version});
      EXPECT_TRUE(first.done) << version;
      const Handshake second =
          Run({.version = version, .session = first.session.get()});
      EXPECT_TRUE(second.done) << version;
      EXPECT_FALSE(second.resumed) << version;
      EXPECT_EQ(second.chain, client_.chain);
    }
  }
};

using LongerThanATicketTest = LongChainTest<400>;
TEST_F(LongerThanATicketTest, IsNotResumed) { ExpectFullHandshakes(); }

using LongerThanAnyTicketTest = LongChainTest<1000>;
TEST_F(LongerThanAnyTicketTest, IsNotResumed) { ExpectFullHandshakes(); }

}  // namespace
}  // namespace tollgate
