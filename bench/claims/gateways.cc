// The gateway view: what the checks of HAProxy and nginx cost their servers,
// per request on loopback. bench/peers/gateway_view runs them; the check's own
// cost is the difference to the same server without it.

#include <stdio.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bench/claims/measurements.h"

namespace tollgate::bench {
namespace {

using Rounds = std::vector<double>;

struct Seen {
  // By peer and case: the server's nanoseconds a request.
  std::map<std::pair<std::string, std::string>, Rounds> nanos;
  std::vector<std::string> skipped;
};

// Where Bazel puts it for this program, or beside it; empty when in neither.
std::string ScriptPath() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return "";
  for (const std::string& path :
       {absl::StrCat(self.string(),
                     ".runfiles/tollgate/bench/peers/gateway_view"),
        (self.parent_path() / "peers/gateway_view").string()}) {
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

void ReadLine(std::string_view line, Seen& seen) {
  const std::vector<std::string> fields =
      absl::StrSplit(absl::StripSuffix(line, "\n"), '\t');
  double nanos = 0;
  if (fields.size() == 3 && fields[0] == "skipped") {
    seen.skipped.push_back(fields[2]);
  } else if (fields.size() == 4 && absl::SimpleAtod(fields[3], &nanos)) {
    seen.nanos[{fields[0], fields[1]}].push_back(nanos);
  }
}

// False if the script found something that is not as it should be.
bool RunScript(const std::string& script, int seconds, int rounds, Seen& seen) {
  const std::string command =
      absl::StrCat(script, " --seconds ", seconds, " --rounds ", rounds);
  FILE* const output = popen(command.c_str(), "r");
  if (output == nullptr) return false;
  char line[512];
  while (fgets(line, sizeof(line), output) != nullptr) ReadLine(line, seen);
  return pclose(output) == 0;
}

// What each case takes more than the plain one of its server.
void AddPeers(Context& context, const Seen& seen) {
  std::map<std::string, PeerGroup> groups;
  for (const auto& [place, rounds] : seen.nanos) {
    const auto& [peer, name] = place;
    const auto plain = seen.nanos.find({peer, "plain"});
    if (name == "plain" || plain == seen.nanos.end() ||
        plain->second.size() != rounds.size()) {
      continue;
    }
    PeerGroup& group = groups[name];
    group.task = absl::StrCat(name, ", the server's time a request");
    group.entries.push_back({absl::StrCat(peer, ", beside the same without it"),
                             DifferenceOf(rounds, plain->second)});
    group.entries.push_back(
        {absl::StrCat(peer, ", all of the request"), MedianOf(rounds)});
  }
  for (auto& [name, group] : groups) {
    context.report().peers.push_back(std::move(group));
  }
}

}  // namespace

void MeasureGateways(Context& context) {
  const Effort& effort = context.effort();
  if (effort.name == kSmoke.name || effort.name == kQuick.name) {
    context.report().notes.push_back(
        "HAProxy and nginx were not measured: that takes a longer run.");
    return;
  }
  const std::string script = ScriptPath();
  if (script.empty()) {
    context.report().notes.push_back(
        "HAProxy and nginx were not measured: peers/gateway_view is not "
        "beside this program.");
    return;
  }
  const bool full = effort.name == kFull.name;
  Seen seen;
  if (!RunScript(script, full ? 5 : 2, full ? 15 : 5, seen)) {
    context.report().notes.push_back(
        "HAProxy and nginx were not measured: peers/gateway_view failed.");
    return;
  }
  for (const std::string& why : seen.skipped) {
    context.report().notes.push_back(
        absl::StrCat("A gateway was not measured: ", why, "."));
  }
  AddPeers(context, seen);
}

}  // namespace tollgate::bench
