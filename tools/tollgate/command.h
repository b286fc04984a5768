// How a command joins the command line: it adds itself to the parser, and when
// it is the one called, leaves what is to be run.

#ifndef TOLLGATE_TOOLS_TOLLGATE_COMMAND_H_
#define TOLLGATE_TOOLS_TOLLGATE_COMMAND_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "CLI/CLI.hpp"
#include "tools/tollgate/exit_status.h"

namespace tollgate::cli {

// The run of the command that was called.
using Run = std::function<ExitStatus()>;

// Adds the command `name` of `parent`. `example` is shown by --help.
CLI::App* AddCommand(CLI::App& parent, const std::string& name,
                     const std::string& summary, const std::string& example);

// Options that several commands share.
void AddConfigOption(CLI::App& command, std::string& path);
void AddInputOption(CLI::App& command, std::optional<std::string>& path);
void AddJsonFlag(CLI::App& command, bool& json);
// For commands that speak nothing else.
void AddJsonFlag(CLI::App& command);

void AddCheckCommand(CLI::App& app, Run& run);
void AddKeysCommand(CLI::App& app, Run& run);
void AddPolicyCommand(CLI::App& app, Run& run);
void AddJwsCommand(CLI::App& app, Run& run);
void AddJwtCommand(CLI::App& app, Run& run);
void AddCertCommand(CLI::App& app, Run& run);
void AddToolCommand(CLI::App& app, Run& run);
void AddLimitCommand(CLI::App& app, Run& run);
void AddConfigCommand(CLI::App& app, Run& run);
void AddRecommendCommand(CLI::App& app, Run& run);
void AddMetricsCommand(CLI::App& app, Run& run);
void AddAuditCommand(CLI::App& app, Run& run);
void AddBenchCommand(CLI::App& app, Run& run);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_COMMAND_H_
