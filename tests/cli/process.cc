#include "tests/cli/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

extern char** environ;

namespace tollgate::cli {
namespace {

constexpr int kPatienceMillis = 60'000;

// Where Bazel puts the program, from where it starts tests.
constexpr char kTollgate[] = "tools/tollgate/tollgate";

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  return {ends[0], ends[1]};
}

void Close(int& descriptor) {
  if (descriptor >= 0) close(std::exchange(descriptor, -1));
}

// Bounds the files of children, while it exists.
class FileBytesLimit {
 public:
  explicit FileBytesLimit(const std::optional<uint64_t>& most) {
    getrlimit(RLIMIT_FSIZE, &before_);
    if (!most.has_value()) return;
    rlimit bounded = before_;
    bounded.rlim_cur = *most;
    setrlimit(RLIMIT_FSIZE, &bounded);
  }
  ~FileBytesLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

}  // namespace

std::vector<std::string> Outcome::lines() const {
  std::vector<std::string> lines = absl::StrSplit(output, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

Process::Process(const Arguments& arguments, const ProcessOptions& options) {
  signal(SIGPIPE, SIG_IGN);
  const Pipe input = MakePipe();
  Pipe output = MakePipe();
  if (options.unread_output) Close(output.read_end);
  const Pipe error = MakePipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.read_end, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output.write_end, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error.write_end, STDERR_FILENO);
  if (options.close_input) {
    posix_spawn_file_actions_addclose(&actions, STDIN_FILENO);
  }
  if (options.close_output) {
    posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  }
  if (!options.output_file.empty()) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO,
                                     options.output_file.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  std::vector<std::string> words = {kTollgate};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  {
    const FileBytesLimit limit(options.file_bytes_max);
    if (posix_spawn(&pid_, kTollgate, &actions, nullptr, argv.data(),
                    environ) != 0) {
      std::abort();
    }
  }
  posix_spawn_file_actions_destroy(&actions);
  for (const int end : {input.read_end, output.write_end, error.write_end}) {
    close(end);
  }
  input_ = input.write_end;
  output_ = output.read_end;
  error_ = error.read_end;
  fcntl(input_, F_SETFL, O_NONBLOCK);
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    Wait();
  }
  Close(output_);
  Close(error_);
}

void Process::Read(int& descriptor, std::string& text) {
  char buffer[1 << 16];
  const ssize_t got = read(descriptor, buffer, sizeof(buffer));
  if (got > 0) {
    text.append(buffer, static_cast<size_t>(got));
  } else if (got == 0 || errno != EINTR) {
    Close(descriptor);
  }
}

// Waits for something to happen, and reads what was printed. Returns whether
// the child takes input; false also when nothing happens for too long.
bool Process::Pump(bool want_input) {
  pollfd ready[] = {{want_input ? input_ : -1, POLLOUT, 0},
                    {output_, POLLIN, 0},
                    {error_, POLLIN, 0}};
  if (poll(ready, 3, kPatienceMillis) <= 0) {
    kill(pid_, SIGKILL);  // and let its outcome tell
    return false;
  }
  if (ready[1].revents != 0) Read(output_, printed_);
  if (ready[2].revents != 0) Read(error_, complained_);
  return ready[0].revents != 0;
}

void Process::Write(std::string_view text) {
  while (!text.empty() && input_ >= 0) {
    if (!Pump(true)) {
      if (output_ < 0 && error_ < 0) return;
      continue;
    }
    const ssize_t written = write(input_, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EAGAIN && errno != EINTR) {
      return;  // it does not read any more
    }
  }
}

void Process::WriteUntilHeldUp(std::string_view text) {
  if (write(input_, text.data(), text.size()) !=
      static_cast<ssize_t>(text.size())) {
    std::abort();
  }
  int other_end = open(absl::StrCat("/proc/self/fd/", output_).c_str(),
                       O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  pollfd room = {other_end, POLLOUT, 0};
  for (int i = 0; i < kPatienceMillis && poll(&room, 1, 0) != 0; ++i) {
    poll(nullptr, 0, 1);
  }
  Close(other_end);
}

void Process::CloseInput() { Close(input_); }
void Process::CloseOutput() { Close(output_); }

std::string Process::ReadLine() {
  for (;;) {
    const size_t end = printed_.find('\n', taken_);
    if (end != std::string::npos) {
      const std::string line = printed_.substr(taken_, end - taken_);
      taken_ = end + 1;
      return line;
    }
    if (output_ < 0) return "";
    Pump(false);
  }
}

void Process::WaitUnread() const {
  siginfo_t end;
  while (waitid(P_PID, static_cast<id_t>(pid_), &end, WEXITED | WNOWAIT) != 0) {
  }
}

void Process::Signal(int number) const { kill(pid_, number); }

Outcome Process::Wait() {
  CloseInput();
  while (output_ >= 0 || error_ >= 0) Pump(false);
  int status = 0;
  rusage usage = {};
  while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  const int result =
      WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return {result, printed_, complained_,
          static_cast<uint64_t>(usage.ru_maxrss) * 1024};
}

Outcome RunTollgate(const Arguments& arguments, std::string_view input,
                    const ProcessOptions& options) {
  Process process(arguments, options);
  process.Write(input);
  return process.Wait();
}

}  // namespace tollgate::cli
