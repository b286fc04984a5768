// The command line of Tollgate: what it can do is what --help says.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "tools/tollgate/command.h"
#include "tools/tollgate/exit_status.h"

namespace tollgate::cli {
namespace {

constexpr char kOverview[] =
    "Validates credentials. Exit status: 0 done or allowed, 1 denied or "
    "invalid, 2 usage, 3 configuration, 4 input, output or store.";

// Fills the places of standard streams that are closed, the wrong way round:
// no file opened later takes their number, and using them still fails.
void HoldStandardStreams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) == -1 && errno == EBADF) {
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

int Main(int argc, char** argv) {
  HoldStandardStreams();
  // A closed pipe and a file too large are errors of write(), not deaths.
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  CommandLine line(kOverview);
  line.root().RequireCommand();
  for (auto* add :
       {AddCheckCommand, AddKeysCommand, AddPolicyCommand, AddLimitCommand,
        AddJwsCommand, AddJwtCommand, AddCertCommand, AddToolCommand,
        AddConfigCommand, AddRecommendCommand, AddMetricsCommand,
        AddAuditCommand, AddBenchCommand}) {
    add(line.root());
  }
  return static_cast<int>(line.Run(argc, argv));
}

}  // namespace
}  // namespace tollgate::cli

int main(int argc, char** argv) {
  try {
    return tollgate::cli::Main(argc, argv);
  } catch (const std::exception& error) {  // no memory, say
    return static_cast<int>(
        tollgate::cli::Fail(tollgate::cli::ExitStatus::kIo, error.what()));
  }
}
