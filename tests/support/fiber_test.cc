#include "tests/support/fiber.h"

#include <cstring>
#include <string>

#include "absl/base/config.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(FiberTest, GoesOnWhereItWasLeft) {
  std::string seen;
  Fiber main;
  Fiber other([&] {
    seen += 'b';
    other.SwitchTo(main);
    seen += 'd';
    other.EndIn(main);
  });
  seen += 'a';
  main.SwitchTo(other);
  seen += 'c';
  main.SwitchTo(other);
  EXPECT_EQ(seen, "abcd");
}

TEST(FiberTest, StacksAreUsedAgain) {
  for (int i = 0; i < 1000; ++i) {
    int value = 0;
    Fiber main;
    Fiber other([&] {
      volatile char frame[1000];
      std::memset(const_cast<char*>(frame), i, sizeof(frame));
      value = frame[999];
      other.EndIn(main);
    });
    main.SwitchTo(other);
    ASSERT_EQ(value, static_cast<char>(i));
  }
}

#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
// A frame keeps its marks while another fiber runs.
TEST(FiberDeathTest, AnOverflowBehindASwitchIsFound) {
  EXPECT_DEATH(
      {
        Fiber main;
        Fiber other([&] {
          char frame[32];
          volatile size_t at = sizeof(frame);
          other.SwitchTo(main);
          frame[at] = 1;
          other.EndIn(main);
        });
        main.SwitchTo(other);
        main.SwitchTo(other);
      },
      "stack-buffer-overflow");
}
#endif

}  // namespace
}  // namespace tollgate
