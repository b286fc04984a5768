#include "tools/tollgate/command.h"

namespace tollgate::cli {

CLI::App* AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& summary, const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, summary);
  command->footer("\nExample:\n  " + example);
  return command;
}

void AddConfigOption(CLI::App& command, std::string& path) {
  command.add_option("--config", path, "The configuration, a YAML file")
      ->type_name("FILE")
      ->required();
}

void AddInputOption(CLI::App& command, std::optional<std::string>& path) {
  command
      .add_option("--input", path,
                  "JSON Lines to read instead of standard input")
      ->type_name("FILE");
}

void AddJsonFlag(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "Output for programs: JSON");
}

void AddJsonFlag(CLI::App& command) {
  command.add_flag("--json")->description(
      "Accepted; the output always is JSON Lines");
}

}  // namespace tollgate::cli
