// What the commands of `tollgate tool` work on: the publishers of a
// configuration, and the approvals in its store.
//
// Cost: opens the store, reads the publishers' keys. Errors: printed, and
// returned as the exit status.

#ifndef TOLLGATE_TOOLS_TOLLGATE_TOOL_SITE_H_
#define TOLLGATE_TOOLS_TOLLGATE_TOOL_SITE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "engine/store/key_database.h"
#include "engine/tool_trust.h"
#include "engine/verify/tool_definition.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/key_store.h"

namespace tollgate::cli {

struct ToolSite {
  std::shared_ptr<const ToolTrust> trust;
  OpenKeys keys;

  KeyDatabase& database() const { return *keys.database; }
};

std::variant<ToolSite, ExitStatus> OpenToolSite(const std::string& config_path,
                                                Access access);

// A signed document in files, as commands are given it.
struct ToolDocumentFiles {
  std::optional<std::string> document;  // absent: standard input
  std::string payload;                  // of a detached JWS; empty: none
};

void AddDocumentOptions(Command command, ToolDocumentFiles& files);

// What is in them.
struct ToolDocumentBytes {
  std::string document;
  std::optional<std::string> payload;

  ToolDocumentText text() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {document, payload};
  }
};
absl::StatusOr<ToolDocumentBytes> ReadToolDocument(
    const ToolDocumentFiles& files);

// Proves a document as the engine would now: kOk, or what refuses it, which may
// be that it is revoked. Whether it is approved is not asked.
absl::StatusOr<Reason> ProveToolDocument(const ToolSite& site,
                                         const ToolDocumentText& text,
                                         VerifiedDefinition& verified);

// A tool of a publisher, written publisher/tool.
struct ToolName {
  std::string publisher;
  std::string tool;
};
std::optional<ToolName> ParseToolName(std::string_view text);

// Returns the approval in force of a publisher's tool, if there is one.
absl::StatusOr<std::optional<Approval>> FindApproval(KeyDatabase& database,
                                                     const ToolName& name);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_TOOL_SITE_H_
