#include "engine/model/scope.h"

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

const ScopeSet& Intern(ScopeTable& table, std::vector<std::string> names) {
  const absl::StatusOr<const ScopeSet*> set = table.Intern(names);
  EXPECT_TRUE(set.ok()) << set.status();
  return **set;
}

// RFC 6749, section 3.3: %x21 / %x23-5B / %x5D-7E.
TEST(ScopeTokenTest, EveryByteIsJudgedAsTheStandardDoes) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool expected = byte == 0x21 || (byte >= 0x23 && byte <= 0x5b) ||
                          (byte >= 0x5d && byte <= 0x7e);
    const char c = static_cast<char>(byte);
    EXPECT_EQ(IsScopeToken(std::string(1, c)), expected) << byte;
    EXPECT_EQ(IsScopeToken(std::string("a") + c), expected) << byte;
    EXPECT_EQ(IsScopeToken(std::string(1, c) + "a"), expected) << byte;
  }
}

TEST(ScopeTokenTest, EmptyAndTooLongAreRefused) {
  EXPECT_FALSE(IsScopeToken(""));
  EXPECT_TRUE(IsScopeToken(std::string(limits::kScopeBytesMax, 's')));
  EXPECT_FALSE(IsScopeToken(std::string(limits::kScopeBytesMax + 1, 's')));
}

TEST(ScopeMaskTest, ContainsAllOfEveryPairOfBits) {
  for (size_t a = 0; a < limits::kScopesMax; a += 7) {
    for (size_t b = 0; b < limits::kScopesMax; b += 3) {
      ScopeMask one;
      one.Set(a);
      ScopeMask two;
      two.Set(b);
      EXPECT_EQ(one.ContainsAll(two), a == b) << a << " " << b;
      EXPECT_EQ(one.Test(b), a == b) << a << " " << b;
      one |= two;
      EXPECT_TRUE(one.ContainsAll(two)) << a << " " << b;
      one &= two;
      EXPECT_EQ(one, two) << a << " " << b;
    }
  }
}

TEST(ScopeMaskTest, NothingIsGrantedByDefaultAndNothingNeededIsContained) {
  const ScopeMask empty;
  EXPECT_TRUE(empty.empty());
  EXPECT_TRUE(empty.ContainsAll(empty));
  ScopeMask last;
  last.Set(limits::kScopesMax - 1);
  EXPECT_FALSE(last.empty());
  EXPECT_FALSE(empty.ContainsAll(last));
  EXPECT_TRUE(last.ContainsAll(empty));
}

TEST(ScopeTableTest, EqualSetsAreTheSameObject) {
  ScopeTable table;
  const ScopeSet& set = Intern(table, {"tools:read", "tools:call"});
  EXPECT_EQ(&Intern(table, {"tools:call", "tools:read"}), &set);
  EXPECT_EQ(&Intern(table, {"tools:read", "tools:call", "tools:read"}), &set);
  EXPECT_NE(&Intern(table, {"tools:read"}), &set);
  EXPECT_NE(&Intern(table, {"tools:read", "tools:Call"}), &set)
      << "scopes are case-sensitive";
}

TEST(ScopeTableTest, ASetShowsItsNamesSorted) {
  ScopeTable table;
  const ScopeSet& set = Intern(table, {"b", "c", "a", "b"});
  EXPECT_EQ(set.display(), "a b c");
  EXPECT_EQ(std::vector<std::string>(set.names().begin(), set.names().end()),
            (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(Intern(table, {}).display(), "");
  EXPECT_TRUE(Intern(table, {}).mask().empty());
}

TEST(ScopeTableTest, MasksFollowTheNames) {
  ScopeTable table;
  const ScopeSet& granted = Intern(table, {"read", "write"});
  const ScopeSet& read = Intern(table, {"read"});
  const ScopeSet& admin = Intern(table, {"admin", "read"});
  EXPECT_TRUE(granted.mask().ContainsAll(read.mask()));
  EXPECT_FALSE(read.mask().ContainsAll(granted.mask()));
  EXPECT_FALSE(granted.mask().ContainsAll(admin.mask()));
  EXPECT_FALSE(read.mask().ContainsAll(Intern(table, {"rea"}).mask()))
      << "a prefix is another scope";
}

TEST(ScopeTableTest, AMaskFindsItsNamesAgain) {
  ScopeTable table;
  const ScopeSet& one = Intern(table, {"zeta", "alpha"});
  const ScopeSet& two = Intern(table, {"mu"});
  ScopeMask both = one.mask();
  both |= two.mask();
  EXPECT_EQ(table.InternMask(both)->display(), "alpha mu zeta");
  EXPECT_EQ(table.InternMask(both)->mask(), both);
  EXPECT_EQ(table.InternMask(one.mask()), &one);
  EXPECT_EQ(table.InternMask(ScopeMask())->display(), "");
}

TEST(ScopeTableTest, RefusesWhatIsNotAScopeAndShowsItEscaped) {
  ScopeTable table;
  for (std::string_view bad :
       {"", " ", "a b", "a\"", "a\\", "a\n", "\xc3\xa4"}) {
    const auto set = table.Intern({"good", std::string(bad)});
    EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_EQ(set.status().message().find('\n'), std::string_view::npos);
  }
}

TEST(ScopeTableTest, RefusesTooManyScopesInOneGrant) {
  ScopeTable table;
  std::vector<std::string> names;
  for (size_t i = 0; i < limits::kScopesPerGrantMax; ++i) {
    names.push_back(absl::StrCat("scope", i));
  }
  EXPECT_EQ(Intern(table, names).names().size(), names.size());
  names.push_back("one:more");
  EXPECT_EQ(table.Intern(names).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(ScopeTableTest, AFullTableStillInternsWhatItKnows) {
  ScopeTable table;
  for (size_t i = 0; i < limits::kScopesMax; ++i) {
    Intern(table, {absl::StrCat("scope", i)});
  }
  EXPECT_EQ(table.Intern({"scope1", "another"}).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(table.Intern({"another"}).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Intern(table, {"scope0", "scope511"}).mask().Test(511));
  ScopeMask all;
  for (size_t i = 0; i < limits::kScopesMax; ++i) all.Set(i);
  EXPECT_EQ(table.InternMask(all)->names().size(), limits::kScopesMax);
}

// What tokens bring leaves room for what a configuration asks for.
TEST(ScopeTableTest, StrangersDoNotFillTheTable) {
  ScopeTable table;
  for (size_t i = 0; i < limits::kScopesMax; ++i) {
    const std::vector<std::string> names = {absl::StrCat("scope", i)};
    const auto set = table.InternForeign(names);
    ASSERT_TRUE(set.ok()) << i;
    EXPECT_EQ((*set)->names().size(), i < limits::kForeignScopesMax ? 1u : 0u);
  }
  Intern(table, {"configured"});
  const std::vector<std::string> mixed = {"configured", "scope0", "scope300"};
  EXPECT_EQ((*table.InternForeign(mixed))->display(), "configured scope0");
}

TEST(ScopeTableTest, StrangersDoNotUseUpTheSets) {
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  GTEST_SKIP() << "one thread, and 25 s here: AddressSanitizer runs it";
#endif
  ScopeTable table;
  constexpr size_t kNames = 17;
  const auto subset = [](size_t bits) {
    std::vector<std::string> names;
    for (size_t i = 0; i < kNames; ++i) {
      if ((bits >> i & 1) != 0) names.push_back(absl::StrCat("scope", i));
    }
    return names;
  };
  constexpr size_t kAll = (size_t{1} << kNames) - 1;
  EXPECT_TRUE(table.InternForeign(subset(kAll)).ok());
  size_t made = 0;
  for (size_t bits = 1; bits <= kAll; ++bits) {
    made += table.InternForeign(subset(bits)).ok() ? 1u : 0u;
  }
  EXPECT_EQ(made, limits::kForeignScopeSetsMax);
  EXPECT_FALSE(table.InternForeign(subset(kAll - 1)).ok());
  EXPECT_TRUE(table.Intern(subset(kAll - 1)).ok());
  const std::vector<std::string> fresh = {"configured"};
  EXPECT_TRUE(table.Intern(fresh).ok());
}

TEST(ScopeTableTest, ThreadsInternTheSameObjects) {
  ScopeTable table;
  constexpr int kThreads = 4;
  constexpr int kSets = 100;
  std::vector<std::vector<const ScopeSet*>> seen(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&table, &out = seen[static_cast<size_t>(t)]] {
      for (int i = 0; i < kSets; ++i) {
        out.push_back(
            &Intern(table, {absl::StrCat("a", i), absl::StrCat("b", i % 7)}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 1; t < kThreads; ++t) {
    EXPECT_EQ(seen[static_cast<size_t>(t)], seen[0]);
  }
}

}  // namespace
}  // namespace tollgate
