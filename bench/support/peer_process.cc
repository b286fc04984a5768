#include "bench/support/peer_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "bench/support/check.h"

namespace tollgate::bench {

std::unique_ptr<PeerProcess> PeerProcess::Start(
    std::string_view name, std::string_view secret,
    const std::vector<std::string>& tokens) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path = self.parent_path() / "peers" / std::string(name);
  if (error || access(path.c_str(), X_OK) != 0) return nullptr;
  int to[2];
  int from[2];
  Require(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0,
          "cannot make a pipe");
  const pid_t process = fork();
  Require(process >= 0, "cannot start a process");
  if (process == 0) {
    dup2(to[0], STDIN_FILENO);
    dup2(from[1], STDOUT_FILENO);
    execl(path.c_str(), path.c_str(), nullptr);
    _exit(127);
  }
  close(to[0]);
  close(from[1]);
  std::unique_ptr<PeerProcess> peer(new PeerProcess);
  peer->process_ = process;
  peer->in_ = fdopen(to[1], "w");
  peer->out_ = fdopen(from[0], "r");
  std::fprintf(peer->in_, "%s\n%zu\n", std::string(secret).c_str(),
               tokens.size());
  for (const std::string& token : tokens) {
    std::fprintf(peer->in_, "%s\n", token.c_str());
  }
  std::fflush(peer->in_);
  return peer;
}

PeerProcess::~PeerProcess() {
  std::fclose(in_);
  std::fclose(out_);
  waitpid(process_, nullptr, 0);
}

double PeerProcess::NanosPerOp(std::chrono::milliseconds slice) {
  std::fprintf(in_, "run %lld\n", static_cast<long long>(slice.count()));
  std::fflush(in_);
  double nanos = 0;
  Require(std::fscanf(out_, "%lf", &nanos) == 1, "a peer has ended");
  return nanos;
}

}  // namespace tollgate::bench
