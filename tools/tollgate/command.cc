#include "tools/tollgate/command.h"

#include <cstdint>
#include <sstream>
#include <utility>

#include "CLI/CLI.hpp"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

constexpr char kNotEmpty[] = "not_empty";  // the name of the check

std::string WhyEmptyIsRefused(const std::string& value) {
  return value.empty() ? "must not be empty" : "";
}

// What was called in place of a command, or said before one; empty when it is
// not that which is wrong.
std::string NoSuchCommand(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  if (app->get_require_subcommand_min() == 0) return "";
  const std::vector<std::string> rest = app->remaining();
  if (rest.empty() || rest.front().empty()) return "";
  const bool is_option = rest.front().rfind('-', 0) == 0;
  return rest.front() + (is_option ? ": no such option" : ": no such command");
}

}  // namespace

Option Option::Required() const {
  option_->required();
  return *this;
}

Option Option::TypeName(const std::string& name) const {
  option_->type_name(name);
  return *this;
}

Option Option::ShowDefault() const {
  option_->capture_default_str();
  return *this;
}

Option Option::OneOf(const std::vector<std::string>& values) const {
  option_->check(CLI::IsMember(values));
  return *this;
}

Option Option::MayBeEmpty() const {
  option_->get_validator(kNotEmpty)->active(false);
  return *this;
}

Option Option::OneValueEach() const {
  option_->allow_extra_args(false);
  return *this;
}

Option Option::Excludes(Option other) const {
  option_->excludes(other.option_);
  return *this;
}

Command Command::AddCommand(const std::string& name, const std::string& summary,
                            const std::string& example) const {
  CLI::App* const added = app_->add_subcommand(name, summary);
  added->footer("\nExample:\n  " + example);
  return {added, called_};
}

void Command::RequireCommand() const { app_->require_subcommand(1); }

template <typename Value>
Option Command::AddOption(const std::string& names, Value& value,
                          const std::string& what) const {
  return Option(app_->add_option(names, value, what)
                    ->check(WhyEmptyIsRefused, "", kNotEmpty));
}

#define TOLLGATE_OPTION_OF(...)                                        \
  template Option Command::AddOption(const std::string&, __VA_ARGS__&, \
                                     const std::string&) const
TOLLGATE_OPTION_OF(std::string);
TOLLGATE_OPTION_OF(double);
TOLLGATE_OPTION_OF(std::optional<std::string>);
TOLLGATE_OPTION_OF(std::optional<int64_t>);
TOLLGATE_OPTION_OF(std::optional<double>);
TOLLGATE_OPTION_OF(std::vector<std::string>);
#undef TOLLGATE_OPTION_OF

Option Command::AddFlag(const std::string& name, bool& value,
                        const std::string& what) const {
  return Option(app_->add_flag(name, value, what));
}

void Command::AddFlag(const std::string& name, const std::string& what) const {
  app_->add_flag(name)->description(what);
}

Command Command::AddChoice(const std::string& name,
                           const std::string& what) const {
  CLI::App* const group = app_->add_option_group(name, what);
  group->require_option(1);
  return {group, called_};
}

void Command::Does(Action action) const {
  app_->callback(
      [called = called_, action = std::move(action)] { *called = action; });
}

void Command::Does(ActionOnRest action) const {
  app_->prefix_command();
  app_->callback([app = app_, called = called_, action = std::move(action)] {
    *called = [action, rest = app->remaining()] { return action(rest); };
  });
}

CommandLine::CommandLine(const std::string& overview)
    : app_(std::make_unique<CLI::App>(overview, "tollgate")) {}

CommandLine::~CommandLine() = default;

Command CommandLine::root() { return {app_.get(), &called_}; }

ExitStatus CommandLine::Run(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::Success& help) {
    std::ostringstream text;
    app_->exit(help, text, text);
    return Print(text.str());
  } catch (const CLI::ParseError& error) {
    const std::string called = NoSuchCommand(*app_);
    return Fail(ExitStatus::kUsage,
                (called.empty() ? error.what() : called) + "; see --help");
  }
  return called_ ? called_() : ExitStatus::kDone;
}

void AddConfigOption(Command command, std::string& path) {
  command.AddOption("--config", path, "The configuration, a YAML file")
      .TypeName("FILE")
      .Required();
}

void AddInputOption(Command command, std::optional<std::string>& path) {
  command
      .AddOption("--input", path,
                 "JSON Lines to read instead of standard input")
      .TypeName("FILE");
}

void AddJsonFlag(Command command, bool& json) {
  command.AddFlag("--json", json, "Output for programs: JSON");
}

void AddJsonFlag(Command command) {
  command.AddFlag("--json", "Accepted; the output always is JSON Lines");
}

}  // namespace tollgate::cli
