// Proves that validating allocates nothing, takes no lock and makes no system
// call: calls are counted by wrapping them at link time, and a child process
// validates where the kernel kills whoever makes a system call.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/crypto/signing_key.h"
#include "engine/extract/api_key_text.h"
#include "engine/extract/client_chain.h"
#include "engine/key_ledger.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"
#include "tests/support/token_issuer.h"
#include "tests/support/tool_publisher.h"
#include "tools/mint/client_chains.h"

namespace {

std::atomic<int> allocations{0};
std::atomic<int> locks{0};

}  // namespace

extern "C" {

void* __real_malloc(size_t size);
void* __real_calloc(size_t count, size_t size);
void* __real_realloc(void* memory, size_t size);
int __real_posix_memalign(void** out, size_t alignment, size_t size);
void* __real_aligned_alloc(size_t alignment, size_t size);
void* __real_mmap(void* at, size_t size, int prot, int flags, int fd, off_t o);
int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
void __real__ZN4absl12lts_202206235Mutex4LockEv(void* mutex);
void __real__ZN4absl12lts_202206235Mutex10ReaderLockEv(void* mutex);

void* __wrap_malloc(size_t size) {
  ++allocations;
  return __real_malloc(size);
}
void* __wrap_calloc(size_t count, size_t size) {
  ++allocations;
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* memory, size_t size) {
  ++allocations;
  return __real_realloc(memory, size);
}
int __wrap_posix_memalign(void** out, size_t alignment, size_t size) {
  ++allocations;
  return __real_posix_memalign(out, alignment, size);
}
void* __wrap_aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return __real_aligned_alloc(alignment, size);
}
void* __wrap_mmap(void* at, size_t size, int prot, int flags, int fd, off_t o) {
  ++allocations;
  return __real_mmap(at, size, prot, flags, fd, o);
}
int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  ++locks;
  return __real_pthread_mutex_lock(mutex);
}
void __wrap__ZN4absl12lts_202206235Mutex4LockEv(void* mutex) {
  ++locks;
  __real__ZN4absl12lts_202206235Mutex4LockEv(mutex);
}
void __wrap__ZN4absl12lts_202206235Mutex10ReaderLockEv(void* mutex) {
  ++locks;
  __real__ZN4absl12lts_202206235Mutex10ReaderLockEv(mutex);
}

}  // extern "C"

void* operator new(size_t size) {
  ++allocations;
  void* memory = __real_malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new(size_t size, std::align_val_t alignment) {
  ++allocations;
  void* memory = nullptr;
  if (__real_posix_memalign(&memory, static_cast<size_t>(alignment), size)) {
    std::abort();
  }
  return memory;
}
// Not inlined: g++ would wonder at free() for what new returned.
__attribute__((noinline)) void operator delete(void* memory) noexcept {
  free(memory);
}
__attribute__((noinline)) void operator delete(void* memory, size_t) noexcept {
  free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  free(memory);
}

namespace tollgate {
namespace {

constexpr Now kNow = {UnixSeconds{1000}, MonotonicNanos{1'000'000'000'000}};

// Requests that end in every reason an API key can, and their texts.
class Requests {
 public:
  // `token` and `chain` are good: proved once, they are found proved from then
  // on.
  Requests(std::vector<std::string> keys, std::string token, ClientChain chain)
      : keys_(std::move(keys)),
        token_("Bearer " + std::move(token)),
        chain_(std::move(chain)),
        peer_(*IpAddress::Parse("192.0.2.1")) {
    const std::string secret = keys_[0].substr(20, 30);
    basic_ = "Basic " +
             absl::Base64Escape(keys_[0].substr(8, 13 - 1) + ":" + secret);
    bearer_ = "Bearer " + keys_[0];
    for (const std::string& key : keys_) {
      Add({"X-API-Key", key}, "GET", "/v1/tools");
      Add({"X-API-Key", key}, "POST", "/v1/tools/call?x=1");
      Add({"X-API-Key", key}, "GET", "/v1/a/../b/%7Ec");
      Add({"X-API-Key", key}, "GET", "/v2");
      Add({"X-API-Key", key}, "GET", "bad");
    }
    Add({"Authorization", basic_}, "GET", "/v1");
    Add({"Authorization", bearer_}, "GET", "/v1");
    Add({"Authorization", "Digest"}, "GET", "/v1");
    Add({"Authorization", token_}, "GET", "/v1/tools");
    Add({"Authorization", token_}, "GET", "/v2");
    Add({"Authorization", token_}, "POST", "/v1/tools/call?x=1");
    Add({"Host", "x"}, "GET", "/v1");
    for (const char* target : {"/v1/tools", "/v2", "bad"}) {
      Add({"Host", "x"}, "GET", target);
      views_.back().client_chain = &chain_;
    }
    forwarded_ = {{"X-API-Key", keys_[0]}, {"X-Forwarded-For", "192.0.2.8"}};
    views_.push_back({"GET", "/v1", *IpAddress::Parse("10.1.0.1"), forwarded_});
  }

  const std::vector<RequestView>& views() const { return views_; }

 private:
  void Add(HeaderView header, std::string_view method,
           std::string_view target) {
    headers_.push_back(std::make_unique<HeaderView>(header));
    views_.push_back({method, target, peer_, {headers_.back().get(), 1}});
  }

  std::vector<std::string> keys_;
  std::string basic_, bearer_, token_;
  ClientChain chain_;
  IpAddress peer_;
  std::vector<std::unique_ptr<HeaderView>> headers_;
  std::vector<HeaderView> forwarded_;
  std::vector<RequestView> views_;
};

class HotPathTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    std::string config(kGateConfig);
    // Limits so large that two workers lease permits of them.
    config.replace(config.find("  free:\n"), 8,
                   "  free:\n    rate_limits: { per_second: 1000000 }\n");
    config +=
        "jwt:\n  issuers: [{ issuer: i, audiences: [a], "
        "algorithms: [ES256], jwks_file: jwks.json, policy: standard },\n"
        "    { issuer: h, audiences: [a], algorithms: [HS256], "
        "secret_file: secret.key, policy: free }]\n"
        "mtls: { trust_anchors: [ca.pem], accept: either, policy: free }\n"
        "tools: { publishers: [{ id: acme, jwks_file: acme.json }], "
        "pins: first_use }\n";
    config_ = config;
    Configure(config);
    const mint::ClientChainFiles client = Mint(Recipe());
    Write("ca.pem", mint::Pem(client.anchors.front()));
    Write("secret.key", kSecret);
    chmod((folder_ + "/secret.key").c_str(), 0600);
    const TokenIssuer issuer;
    Write("jwks.json", issuer.Jwks());
    const ToolPublisher publisher;
    Write("acme.json", publisher.Jwks());
    tool_ = publisher.Document(
        R"({"name":"weather","version":"1.0.0","capabilities":["net"]})");
    changed_tool_ = publisher.Document(
        R"({"name":"weather","version":"1.0.0","capabilities":[]})");
    gate_ = OpenGate();
    ASSERT_NE(gate_, nullptr);
    std::vector<std::string> keys = {
        Issue(*gate_, {.principal = "p"}),
        Issue(*gate_, {.principal = "p", .policy = "free"}),
        Issue(*gate_, {.principal = "p", .scopes = {"tools:read"}}),
        Issue(*gate_, {.principal = "p", .expires_at = UnixSeconds{1}})};
    const std::string revoked = Issue(*gate_, {.principal = "p"});
    ASSERT_TRUE(gate_->keys().Revoke(IdOf(revoked), UnixSeconds{1}).ok());
    keys.push_back(revoked);
    const std::string rotated = Issue(*gate_, {.principal = "p"});
    ASSERT_TRUE(
        gate_->keys().Rotate(IdOf(rotated), 60, UnixSeconds{1000}).ok());
    keys.push_back(rotated);
    const ApiKeyText text("tg", "live");
    keys.push_back(
        text.Compose(*KeyId::Parse(IdOf(keys[0])), std::string(30, 'w')));
    keys.push_back(
        text.Compose(*KeyId::Parse("zzzzzzzzzzzz"), std::string(30, 'w')));
    keys.push_back("garbage");
    requests_ = std::make_unique<Requests>(
        std::move(keys),
        issuer.Token(R"({"iss":"i","aud":"a","sub":"s","exp":5000})"),
        *ClientChain::Of(client.chain));
  }

  // Decides about the definition that its first use has approved, and about
  // another, as often as that.
  void VerifyTools(Validator::Worker& worker, std::string& canonical,
                   int rounds) const {
    for (int round = 0; round < rounds; ++round) {
      const ToolDecision good =
          worker.VerifyToolDefinition({tool_}, kNow, &canonical);
      const ToolDecision bad =
          worker.VerifyToolDefinition({changed_tool_}, kNow);
      if (good.reason != Reason::kOk || canonical.empty() ||
          bad.reason != Reason::kDefinitionChanged) {
        _exit(1);
      }
    }
  }

  // A chain that is good at the time of these tests.
  static mint::Recipe Recipe() {
    mint::Recipe recipe = mint::GoodRecipe();
    for (mint::CertificateSpec* spec :
         {&recipe.root, &recipe.intermediate, &recipe.leaf}) {
      spec->not_before = 0;
    }
    return recipe;
  }

  // Decides every request `rounds` times, one by one and in batches.
  static void ValidateAll(Validator::Worker& worker,
                          const std::vector<RequestView>& requests,
                          absl::Span<Decision> decisions, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (size_t i = 0; i < requests.size(); ++i) {
        decisions[i] = worker.Validate(requests[i], kNow);
      }
      worker.ValidateBatch(requests, kNow, decisions);
    }
  }

  // A token of the issuer whose signatures take no memory of BoringSSL's.
  static std::string Token(std::string_view claims) {
    const auto key = SigningKey::FromHmacSecret(
        Algorithm::kHs256,
        {reinterpret_cast<const uint8_t*>(kSecret.data()), kSecret.size()});
    const std::string input = absl::StrCat(
        EncodeBase64Url(R"({"alg":"HS256"})"), ".", EncodeBase64Url(claims));
    return absl::StrCat(input, ".", EncodeBase64Url(*key->Sign(input)));
  }

  // Validates `token` and returns how often memory was allocated.
  static int AllocationsFor(Validator::Worker& worker, std::string_view token,
                            Reason expected) {
    const std::string value = absl::StrCat("Bearer ", token);
    const HeaderView header = {"Authorization", value};
    const IpAddress peer = *IpAddress::Parse("192.0.2.1");
    const int before = allocations;
    const Decision decision =
        worker.Validate({"GET", "/v1", peer, {&header, 1}}, kNow);
    const int after = allocations;
    EXPECT_EQ(decision.reason, expected) << token.substr(0, 100);
    return after - before;
  }

  static constexpr std::string_view kSecret =
      "0123456789abcdef0123456789abcdef";

  void ExpectNoSystemCall();

  // From now on failures lock out, and refusals and some allows are written
  // down.
  void Guard() {
    Configure(
        absl::StrCat(config_,
                     "admission:\n"
                     "  failures: { limit: 3, per: 1m, lockout: 5m }\n"
                     "  verify_budget: { per_second: 10, per_source: 5 }\n"
                     "audit: { file: audit.jsonl, sample_allows: 2 }\n"));
    ASSERT_TRUE(gate_->Reload().ok());
  }

  std::string config_;
  std::unique_ptr<Validator> gate_;
  std::string tool_, changed_tool_;
  std::unique_ptr<Requests> requests_;
};

TEST_F(HotPathTest, ATokenSeenFirstAllocatesItsProofAndNothingElse) {
  auto worker = gate_->RegisterWorker();
  const auto good = [](int i) {
    return Token(absl::StrCat(
        R"({"iss":"h","aud":["a","b"],"sub":"s","exp":5000,"iat":900,)",
        R"("client_id":"c","nbf":900,"jti":")", i, R"("})"));
  };
  AllocationsFor(worker, good(0), Reason::kOk);  // makes the reader's memory
  const std::string token = good(1);
  EXPECT_EQ(AllocationsFor(worker, token, Reason::kOk), 1);
  EXPECT_EQ(AllocationsFor(worker, token, Reason::kOk), 0);
}

TEST_F(HotPathTest, ATokenThatIsRefusedAllocatesNothing) {
  auto worker = gate_->RegisterWorker();
  const std::string good =
      Token(R"({"iss":"h","aud":"a","sub":"s","exp":5000})");
  AllocationsFor(worker, good, Reason::kOk);
  std::string forged = good;
  forged[forged.size() - 2] = forged[forged.size() - 2] == 'A' ? 'B' : 'A';
  const std::pair<std::string, Reason> kRefused[] = {
      {forged, Reason::kBadSignature},
      {Token(R"({"iss":"h","aud":"a","sub":"s","exp":100})"),
       Reason::kTokenExpired},
      {Token(R"({"iss":"h","aud":"b","sub":"s","exp":5000})"),
       Reason::kAudienceMismatch},
      {Token(R"({"iss":"x","aud":"a","sub":"s","exp":5000})"),
       Reason::kUnknownIssuer},
      {good + "x", Reason::kBadSignature},
      {good + "xx", Reason::kMalformedCredential},
      {good + ".x", Reason::kMalformedCredential},
      {std::string(1 << 20, 'a'), Reason::kMalformedCredential},
      {std::string(1 << 20, '.'), Reason::kMalformedCredential},
      {std::string(limits::kTokenBytesMax, 'a'), Reason::kMalformedCredential},
  };
  for (const auto& [token, reason] : kRefused) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(AllocationsFor(worker, token, reason), 0)
          << token.substr(0, 100);
    }
  }
}

// What is no JSON makes an error, which has a text: a few, whatever the size.
TEST_F(HotPathTest, ATokenThatIsNoJsonAllocatesLittle) {
  auto worker = gate_->RegisterWorker();
  std::string deep = "{\"iss\":";
  deep.append(5000, '[');
  for (const std::string& claims : {std::string("{"), std::string("[]"), deep,
                                    std::string(R"({"iss":"h","iss":"h"})")}) {
    AllocationsFor(worker, Token(claims), Reason::kMalformedCredential);
    EXPECT_LE(
        AllocationsFor(worker, Token(claims), Reason::kMalformedCredential), 4);
  }
}

TEST_F(HotPathTest, TheCountersCount) {
  const int allocations_before = allocations;
  const int locks_before = locks;
  ::operator delete(::operator new(8));
  absl::Mutex mutex;
  mutex.Lock();
  mutex.Unlock();
  ASSERT_TRUE(gate_->Refresh().ok());
  EXPECT_GT(allocations, allocations_before);
  EXPECT_GT(locks, locks_before + 1) << "the control path locks";
}

TEST_F(HotPathTest, ValidatingAllocatesNothingAndTakesNoLock) {
  auto worker = gate_->RegisterWorker();
  auto second = gate_->RegisterWorker();  // so that leases come into play
  std::vector<Decision> decisions(requests_->views().size());
  const auto span = absl::MakeSpan(decisions);
  ValidateAll(worker, requests_->views(), span, 1);
  const int allocations_before = allocations;
  const int locks_before = locks;
  for (int i = 0; i < 20; ++i) {
    ValidateAll(worker, requests_->views(), span, 1);
    ValidateAll(second, requests_->views(), span, 1);
  }
  EXPECT_EQ(allocations, allocations_before);
  EXPECT_EQ(locks, locks_before);
}

TEST_F(HotPathTest, AKnownDefinitionAllocatesNothingAndTakesNoLock) {
  auto worker = gate_->RegisterWorker();
  std::string canonical;
  VerifyTools(worker, canonical, 1);
  const int allocations_before = allocations;
  const int locks_before = locks;
  VerifyTools(worker, canonical, 20);
  EXPECT_EQ(allocations, allocations_before);
  EXPECT_EQ(locks, locks_before);
}

// Makes every system call of this process but exit its end. A filter of its
// own: the kernel's strict mode forbids reading the time stamp counter as well,
// which is no system call.
bool ForbidSystemCalls() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program = {std::size(filter), filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// Decisions of the hot path in a child that may make no system call.
void HotPathTest::ExpectNoSystemCall() {
  auto worker = gate_->RegisterWorker();
  std::vector<Decision> decisions(requests_->views().size());
  const auto span = absl::MakeSpan(decisions);
  ValidateAll(worker, requests_->views(), span, 1);
  std::string canonical;
  VerifyTools(worker, canonical, 1);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // From here on every system call but exit kills.
    if (!ForbidSystemCalls()) _exit(77);
    ValidateAll(worker, requests_->views(), span, 20);
    VerifyTools(worker, canonical, 20);
    syscall(SYS_exit, 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    GTEST_SKIP() << "this kernel has no seccomp";
  }
  EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(HotPathTest, ValidatingMakesNoSystemCall) { ExpectNoSystemCall(); }

TEST_F(HotPathTest, GuardedAndAuditedItMakesNoneEither) {
  Guard();
  ExpectNoSystemCall();
}

TEST_F(HotPathTest, GuardedAndAuditedItAllocatesNothingAndTakesNoLock) {
  Guard();
  auto worker = gate_->RegisterWorker();
  std::vector<Decision> decisions(requests_->views().size());
  const auto span = absl::MakeSpan(decisions);
  ValidateAll(worker, requests_->views(), span, 1);
  const int allocations_before = allocations;
  const int locks_before = locks;
  ValidateAll(worker, requests_->views(), span, 20);
  EXPECT_EQ(allocations, allocations_before);
  EXPECT_EQ(locks, locks_before);
  EXPECT_EQ(decisions[0].reason, Reason::kRateLimited);
  EXPECT_EQ(decisions[30].reason, Reason::kLockedOut) << "of a wrong secret";
}

}  // namespace
}  // namespace tollgate
