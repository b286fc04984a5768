// RFC 7515, appendix A: its examples through `tollgate jws verify`.

#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/process.h"

namespace tollgate {
namespace {

// The claims of A.1 to A.3, with their line breaks.
#define CLAIMS                                                               \
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv" \
  "bS9pc19yb290Ijp0cnVlfQ"

struct Example {
  std::string_view section;
  std::string_view jwk;
  std::string_view signed_part;  // header and payload
  std::string_view signature;
};

constexpr Example kExamples[] = {
    {"A.1",
     R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZ)"
     R"(H75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." CLAIMS,
     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    {"A.2",
     R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQ)"
     R"(oTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS)"
     R"(-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS)"
     R"(5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5)"
     R"(ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2P)"
     R"(AcDTW9gb54h4FRWyuXpoQ"})",
     "eyJhbGciOiJSUzI1NiJ9." CLAIMS,
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4B"
     "h-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZ"
     "LgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"
     "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
     "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"A.3",
     R"({"kty":"EC","crv":"P-256",)"
     R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
     R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
     "eyJhbGciOiJFUzI1NiJ9." CLAIMS,
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKT"
     "UJqPP3-Kg6NU1Q"},
    {"A.4",
     R"({"kty":"EC","crv":"P-521",)"
     R"("x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvL)"
     R"(FV1jSfS9tsz4qUxcWceqwQGk",)"
     R"("y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4K)"
     R"(kd0AZMaZmh9ubmf63e3kyMj2"})",
     "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
     "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-K"
     "GDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKv"
     "U8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"},
};

// What the command line says of `jws` under `jwk`.
std::string Verify(std::string_view jwk, std::string_view jws) {
  return cli::RunTollgate({"jws", "verify"},
                          absl::StrCat(R"({"id":1,"jwk":)", jwk, R"(,"jws":")",
                                       jws, "\"}\n"))
      .output;
}

TEST(Rfc7515Test, ExamplesAreValid) {
  for (const Example& e : kExamples) {
    EXPECT_EQ(Verify(e.jwk, absl::StrCat(e.signed_part, ".", e.signature)),
              "{\"id\":1,\"valid\":true,\"reason\":\"ok\"}\n")
        << e.section;
  }
}

TEST(Rfc7515Test, ExamplesThatWereChangedAreNot) {
  for (const Example& e : kExamples) {
    for (const Example& other : kExamples) {
      if (e.section == other.section) continue;
      EXPECT_TRUE(absl::StrContains(
          Verify(e.jwk, absl::StrCat(other.signed_part, ".", e.signature)),
          "\"valid\":false"))
          << e.section << other.section;
    }
    std::string signature(e.signature);
    signature[10] = signature[10] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(absl::StrContains(
        Verify(e.jwk, absl::StrCat(e.signed_part, ".", signature)),
        "\"valid\":false"))
        << e.section;
  }
}

// A.5 is not secured, A.6 to A.8 are of several signatures or not compact.
TEST(Rfc7515Test, WhatIsNotSignedOnceIsNone) {
  EXPECT_TRUE(absl::StrContains(
      Verify(kExamples[0].jwk, "eyJhbGciOiJub25lIn0." CLAIMS "."),
      "\"valid\":false"));
  EXPECT_TRUE(absl::StrContains(
      Verify(kExamples[2].jwk, R"({\"payload\":\"e30\",\"signatures\":[]})"),
      "\"valid\":false"));
}

}  // namespace
}  // namespace tollgate
