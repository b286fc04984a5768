// Signed tool definitions of some 4 KiB: known, seen first, and refusals.

#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/check.h"

namespace tollgate::bench {
namespace {

constexpr Now kNow = {UnixSeconds{1'000'000}, MonotonicNanos{1'000'000}};

enum class Wrong : uint8_t { kNothing, kSignature, kContent };

std::string MakeDocument(const LiveTools& tools, Wrong wrong, size_t i) {
  std::string document = tools.document(i);
  switch (wrong) {
    case Wrong::kNothing:
      break;
    case Wrong::kSignature: {
      const size_t at = document.find(R"("signature": ")") + 20;
      document[at] = document[at] == 'A' ? 'B' : 'A';
      break;
    }
    case Wrong::kContent:
      return tools.ChangedDocument(i);
  }
  return document;
}

// Verifies documents one after the other, all decided alike.
class ToolLoop {
 public:
  ToolLoop(const LiveTools* tools, Validator::Worker* worker, Wrong wrong,
           Reason expected, size_t thread)
      : worker_(*worker), expected_(expected) {
    for (size_t i = 0; i < tools->size(); ++i) {
      // The good ones are approved as they are first seen.
      documents_.push_back(tools->document(i));
    }
    for (size_t i = 0; i < documents_.size(); ++i) Ask();
    for (size_t i = 0; i < documents_.size(); ++i) {
      documents_[i] = MakeDocument(*tools, wrong, i);
    }
    at_ = thread * documents_.size() / 2 % documents_.size();
    for (size_t i = 0; i < documents_.size(); ++i) Call();
  }

  void Call() {
    Require(Ask() == expected_, "a definition was decided otherwise");
  }

 private:
  Reason Ask() {
    const std::string& document = documents_[at_];
    at_ = at_ + 1 == documents_.size() ? 0 : at_ + 1;
    return worker_.VerifyToolDefinition({document}, kNow).reason;
  }

  Validator::Worker& worker_;
  const Reason expected_;
  std::vector<std::string> documents_;
  size_t at_ = 0;
};

Path Decided(std::string name, std::string meaning, Wrong wrong, Reason reason,
             std::vector<std::string> floor = {}) {
  return {std::move(name), std::move(meaning), std::move(floor),
          [=](PathWorld& world, size_t thread) -> std::unique_ptr<Loop> {
            LiveTools& tools = world.tools();
            return std::make_unique<LoopOf<ToolLoop>>(
                &tools, &world.WorkerOf(tools.validator(), thread), wrong,
                reason, thread);
          }};
}

}  // namespace

std::vector<Path> ToolPaths() {
  return {
      Decided("tool/known", "proved before, approved", Wrong::kNothing,
              Reason::kOk,
              {"primitive/document_fingerprint", "primitive/record_touch"}),
      {"tool/first",
       "seen first: form, canonical form, hidden text, ES256",
       {"primitive/tool_signature"},
       [](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
         return std::make_unique<LoopOf<ToolMissLoop>>(&world.tools());
       }},
      Decided("tool/forged", "with a wrong signature; some are remembered",
              Wrong::kSignature, Reason::kBadSignature),
      Decided("tool/changed", "signed, but not what was approved",
              Wrong::kContent, Reason::kDefinitionChanged),
  };
}

}  // namespace tollgate::bench
