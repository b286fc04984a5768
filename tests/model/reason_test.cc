#include "engine/model/reason.h"

#include <set>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(ReasonTest, TheZeroValuesRefuse) {
  EXPECT_EQ(Verdict{}, Verdict::kDeny);
  EXPECT_EQ(VerdictOf(Reason{}), Verdict::kUnavailable);
  EXPECT_EQ(HttpStatus(Reason{}), 503);
}

TEST(ReasonTest, OnlyOkAllows) {
  for (int i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    EXPECT_EQ(VerdictOf(reason) == Verdict::kAllow, reason == Reason::kOk)
        << ReasonName(reason);
    EXPECT_EQ(HttpStatus(reason) == 200, reason == Reason::kOk)
        << ReasonName(reason);
  }
}

TEST(ReasonTest, AValueOutsideTheEnumerationRefuses) {
  for (int i : {kReasonCount, kReasonCount + 1, 255}) {
    const Reason reason = static_cast<Reason>(i);
    EXPECT_EQ(VerdictOf(reason), Verdict::kUnavailable) << i;
    EXPECT_EQ(HttpStatus(reason), 503) << i;
    EXPECT_EQ(ReasonName(reason), "internal_unavailable") << i;
  }
  EXPECT_EQ(VerdictName(static_cast<Verdict>(200)), "deny");
}

TEST(ReasonTest, EveryReasonHasItsOwnSnakeCaseName) {
  std::set<std::string_view> names;
  for (int i = 0; i < kReasonCount; ++i) {
    const std::string_view name = ReasonName(static_cast<Reason>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
              std::string_view::npos)
        << name;
  }
}

// Known failure "unknown id faster than wrong secret": what is told outside
// does not tell the two apart either.
TEST(ReasonTest, UnknownKeyAndWrongSecretHaveOneAnswer) {
  EXPECT_EQ(HttpStatus(Reason::kUnknownKey), HttpStatus(Reason::kWrongSecret));
  EXPECT_EQ(VerdictOf(Reason::kUnknownKey), VerdictOf(Reason::kWrongSecret));
}

TEST(ReasonTest, StatusAndVerdictAgree) {
  for (int i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    const int status = HttpStatus(reason);
    switch (VerdictOf(reason)) {
      case Verdict::kAllow:
        EXPECT_EQ(status, 200) << ReasonName(reason);
        break;
      case Verdict::kDeny:
        EXPECT_TRUE(status == 400 || status == 401 || status == 403)
            << ReasonName(reason) << " " << status;
        break;
      case Verdict::kThrottle:
        EXPECT_EQ(status, 429) << ReasonName(reason);
        break;
      case Verdict::kUnavailable:
        EXPECT_EQ(status, 503) << ReasonName(reason);
        break;
    }
  }
}

}  // namespace
}  // namespace tollgate
