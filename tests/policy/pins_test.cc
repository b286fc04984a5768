// Pins: rug pulls, rollbacks, new capabilities, other publishers, look-alikes.

#include "engine/policy/pins.h"

#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr DefinitionDigest kApproved = {1};
constexpr DefinitionDigest kOther = {2};

struct Asked {
  std::string publisher = "acme";
  std::string tool = "weather";
  std::string version = "1.2.0";
  DefinitionDigest digest = kApproved;
  std::vector<std::string> capabilities = {"net"};
};

class PinsTest : public testing::Test {
 protected:
  Reason Judge(const Asked& asked, PinMode mode = PinMode::kRequire) const {
    return pins_.Judge({asked.publisher, asked.tool, asked.version,
                        asked.digest, asked.capabilities},
                       mode);
  }

  const PinTable pins_{{
      {"acme", "weather", "1.2.0", kApproved, {{"net", "clock"}}},
      {"acme", "dated", "2026-01", kApproved, {{}}},
      {"acme", "unknown", "1.0.0", kApproved, {}},
      {"other", "shared", "1.0.0", kApproved, {{}}},
      {"acme", "shared", "2.0.0", kOther, {{}}},
  }};
};

TEST_F(PinsTest, WhatWasApprovedIsGood) {
  EXPECT_EQ(Judge({}), Reason::kOk);
  EXPECT_EQ(Judge({}, PinMode::kFirstUse), Reason::kOk);
}

// CVE-2025-54136.
TEST_F(PinsTest, ARugPullIsSeen) {
  EXPECT_EQ(Judge({.digest = kOther}), Reason::kDefinitionChanged);
  EXPECT_EQ(Judge({.digest = kOther}, PinMode::kFirstUse),
            Reason::kDefinitionChanged);
}

TEST_F(PinsTest, ANewVersionIsToBeApproved) {
  for (const std::string version :
       {"1.2.1", "1.10.0", "2.0.0", "1.2.0+b", "next", ""}) {
    EXPECT_EQ(Judge({.version = version, .digest = kOther}),
              Reason::kVersionNotApproved)
        << version;
  }
}

// CVE-2022-29173, CVE-2024-23332, CVE-2020-15163.
TEST_F(PinsTest, ARollbackIsSeen) {
  for (const std::string version : {"1.1.9", "0.9.0", "1.2.0-rc.1"}) {
    EXPECT_EQ(Judge({.version = version, .digest = kOther}),
              Reason::kVersionRollback)
        << version;
  }
  EXPECT_EQ(Judge({.version = "1.1.9"}), Reason::kVersionRollback)
      << "whatever its digest";
  EXPECT_EQ(
      Judge({.version = "1.1.9", .digest = kOther, .capabilities = {"files"}}),
      Reason::kVersionRollback);
}

// Versions that are no semantic ones are equal or another.
TEST_F(PinsTest, OtherVersionsHaveNoOrder) {
  Asked asked = {.tool = "dated", .version = "2026-01", .capabilities = {}};
  EXPECT_EQ(Judge(asked), Reason::kOk);
  asked.version = "2025-12";
  EXPECT_EQ(Judge(asked), Reason::kVersionNotApproved);
  asked.version = "0.0.1";
  EXPECT_EQ(Judge(asked), Reason::kVersionNotApproved);
}

TEST_F(PinsTest, ANewCapabilityIsAReasonOfItsOwn) {
  Asked asked = {.digest = kOther, .capabilities = {"net", "files"}};
  EXPECT_EQ(Judge(asked), Reason::kCapabilityAdded);
  asked.version = "1.3.0";
  EXPECT_EQ(Judge(asked), Reason::kCapabilityAdded);
  asked.capabilities = {"clock"};
  EXPECT_EQ(Judge(asked), Reason::kVersionNotApproved);
  // Where it is not known what was approved, only that.
  EXPECT_EQ(Judge({.tool = "unknown",
                   .version = "1.0.0",
                   .digest = kOther,
                   .capabilities = {"files"}}),
            Reason::kDefinitionChanged);
}

TEST_F(PinsTest, AnotherPublisherIsNotTheOneApproved) {
  EXPECT_EQ(Judge({.publisher = "evil"}), Reason::kPublisherChanged);
  EXPECT_EQ(Judge({.publisher = "evil"}, PinMode::kFirstUse),
            Reason::kPublisherChanged);
  Asked shared = {.publisher = "other",
                  .tool = "shared",
                  .version = "1.0.0",
                  .capabilities = {}};
  EXPECT_EQ(Judge(shared), Reason::kOk);
  shared.publisher = "acme";
  EXPECT_EQ(Judge(shared), Reason::kVersionRollback);
}

// CVE-2026-30856.
TEST_F(PinsTest, NamesThatLookLikeApprovedOnesAreRefused) {
  for (const std::string tool : {"Weather", "WEATHER",
                                 "w\xd0\xb5"
                                 "ather",
                                 "weather\xe2\x80\x8b"}) {
    for (const PinMode mode : {PinMode::kRequire, PinMode::kFirstUse}) {
      EXPECT_EQ(Judge({.tool = tool}, mode), Reason::kLookalikeName) << tool;
    }
  }
}

TEST_F(PinsTest, WhatNobodyApprovedIsRefused) {
  EXPECT_EQ(Judge({.tool = "forecast"}), Reason::kNotPinned);
  EXPECT_EQ(Judge({.tool = ""}), Reason::kNotPinned);
  EXPECT_EQ(PinTable({}).Judge({"acme", "weather", "", kApproved, {}},
                               PinMode::kRequire),
            Reason::kNotPinned);
}

TEST_F(PinsTest, OffIsOff) {
  EXPECT_EQ(Judge({.tool = "Weather", .digest = kOther}, PinMode::kOff),
            Reason::kOk);
}

TEST_F(PinsTest, FindsByBothNames) {
  EXPECT_EQ(pins_.Find("other", "shared")->version, "1.0.0");
  EXPECT_EQ(pins_.Find("acme", "shared")->version, "2.0.0");
  EXPECT_EQ(pins_.Find("evil", "shared"), nullptr);
  EXPECT_EQ(pins_.Find("acme", "none"), nullptr);
}

}  // namespace
}  // namespace tollgate
