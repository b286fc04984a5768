// The good chain is good, and each defect is one, also for who did not write
// the validator.

#include "tools/mint/client_chains.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <set>
#include <string>
#include <string_view>

#include "absl/algorithm/container.h"
#include "gtest/gtest.h"
#include "tests/mint/boring_x509.h"
#include "tools/mint/mint_key.h"

namespace tollgate::mint {
namespace {

TEST(ClientChainsTest, TheGoodChainIsGood) {
  EXPECT_EQ(BoringVerdict(Mint(GoodRecipe())), "ok");
  Recipe with_lists = GoodRecipe();
  with_lists.send_crls = true;
  EXPECT_EQ(BoringVerdict(Mint(with_lists)), "ok");
}

TEST(ClientChainsTest, Print) {
  for (const Defect& defect : Defects()) {
    const std::string v = BoringVerdict(Mint(Spoilt(defect)));
    if ((v == "ok") != HasGoodPath(defect)) {
      ADD_FAILURE() << defect.name << " " << defect.reason << ": " << v;
    } else std::cerr << defect.name << " " << defect.reason << ": " << v << "\n";
  }
}

}  // namespace
}  // namespace tollgate::mint
