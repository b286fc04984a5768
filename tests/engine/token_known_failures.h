// An open engine with two issuers of tokens, and tokens taken apart, for tests
// of how others were broken.

#ifndef TOLLGATE_TESTS_ENGINE_TOKEN_KNOWN_FAILURES_H_
#define TOLLGATE_TESTS_ENGINE_TOKEN_KNOWN_FAILURES_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/token_gate.h"

namespace tollgate {

// Returns what stands between the dots.
inline std::vector<std::string> PartsOf(std::string_view token) {
  std::vector<std::string> parts(1);
  for (const char c : token) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

inline std::string Joined(std::string_view header, std::string_view claims,
                          std::string_view signature) {
  return absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims),
                      ".", EncodeBase64Url(signature));
}

class OpenTokenGateTest : public TokenGateTest {
 protected:
  void SetUp() override {
    TokenGateTest::SetUp();
    gate_ = OpenGate();
    ASSERT_NE(gate_, nullptr);
  }

  Decision Decide(std::string_view token, TestRequest request = {},
                  double time = 1000) {
    auto worker = gate_->RegisterWorker();
    return Ask(worker, token, std::move(request), time);
  }
  Reason ReasonOf(std::string_view token) { return Decide(token).reason; }

  std::unique_ptr<Validator> gate_;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_ENGINE_TOKEN_KNOWN_FAILURES_H_
