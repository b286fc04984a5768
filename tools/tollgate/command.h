// How a command joins the command line: it adds itself, its options, and what
// it does when it is the one called.
//
// A front for CLI11, whose header only command.cc includes: it takes longer to
// compile than most commands.
//
//   auto options = std::make_shared<DiffOptions>();
//   const Command command = tool.AddCommand("diff", "Compares ...",
//   "tollgate"); command.AddOption("--config", options->config, "The
//   configuration"); command.Does([options] { return Diff(*options); });
//
// Thread-safety: one thread. Ownership: handles, of what the CommandLine owns;
// values that options are put into outlive it. Errors: a line on standard error
// and the exit status.

#ifndef TOLLGATE_TOOLS_TOLLGATE_COMMAND_H_
#define TOLLGATE_TOOLS_TOLLGATE_COMMAND_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/tollgate/exit_status.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tollgate::cli {

class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  // Each returns the option, to say more of it.
  Option Required() const;
  Option TypeName(const std::string& name) const;
  // --help tells the value that stands if it is not given.
  Option ShowDefault() const;
  Option OneOf(const std::vector<std::string>& values) const;
  // An empty value is taken; its description says what one means.
  Option MayBeEmpty() const;
  // Of a list: what follows the first value belongs to something else.
  Option OneValueEach() const;
  Option Excludes(Option other) const;

 private:
  CLI::Option* option_;
};

class Command {
 public:
  using Action = std::function<ExitStatus()>;

  // `called` becomes the action of the command that is called.
  Command(CLI::App* app, Action* called) : app_(app), called_(called) {}

  // `example` is shown by --help.
  Command AddCommand(const std::string& name, const std::string& summary,
                     const std::string& example) const;
  // One of its commands has to be called.
  void RequireCommand() const;

  // For strings, lists of them, and numbers, each optional or not. A name
  // without hyphens is that of an argument. An empty value is refused: it would
  // read as if the option were not given.
  template <typename Value>
  Option AddOption(const std::string& names, Value& value,
                   const std::string& what = "") const;
  Option AddFlag(const std::string& name, bool& value,
                 const std::string& what) const;
  // One that has no effect.
  void AddFlag(const std::string& name, const std::string& what) const;

  // Options of which exactly one is given.
  Command AddChoice(const std::string& name, const std::string& what) const;

  void Does(Action action) const;
  // Of a command that does not read what follows its name.
  using ActionOnRest =
      std::function<ExitStatus(const std::vector<std::string>&)>;
  void Does(ActionOnRest action) const;

 private:
  CLI::App* app_;
  Action* called_;
};

// The whole, for main().
class CommandLine {
 public:
  explicit CommandLine(const std::string& overview);
  ~CommandLine();

  Command root();
  // Reads the arguments, and runs the command that they call.
  ExitStatus Run(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> app_;
  Command::Action called_;
};

// Options that several commands share.
void AddConfigOption(Command command, std::string& path);
void AddInputOption(Command command, std::optional<std::string>& path);
void AddJsonFlag(Command command, bool& json);
// For commands that speak nothing else.
void AddJsonFlag(Command command);

void AddCheckCommand(Command root);
void AddKeysCommand(Command root);
void AddPolicyCommand(Command root);
void AddJwsCommand(Command root);
void AddJwtCommand(Command root);
void AddCertCommand(Command root);
void AddToolCommand(Command root);
void AddLimitCommand(Command root);
void AddConfigCommand(Command root);
void AddRecommendCommand(Command root);
void AddMetricsCommand(Command root);
void AddAuditCommand(Command root);
void AddBenchCommand(Command root);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_COMMAND_H_
