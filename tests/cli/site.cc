#include "tests/cli/site.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "engine/json/reader.h"
#include "gtest/gtest.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view kHead = R"(version: 1
store: { sqlite: keys.db }
api_keys: { pepper_file: pepper.key, policy: standard }
)";

std::string MakeFolder() {
  const char* parent = std::getenv("TEST_TMPDIR");
  std::string folder =
      absl::StrCat(parent == nullptr ? "/tmp" : parent, "/site.XXXXXX");
  if (mkdtemp(folder.data()) == nullptr) std::abort();
  return folder;
}

std::string TextOf(const JsonValue& value) {
  if (const auto text = value.String(); text.ok()) return std::string(*text);
  if (const auto number = value.Int64(); number.ok()) {
    return absl::StrCat(*number);
  }
  if (const auto number = value.Number(); number.ok()) {
    return absl::StrCat(*number);
  }
  if (const auto truth = value.Bool(); truth.ok()) {
    return *truth ? "true" : "false";
  }
  return value.is_null() ? "null" : "";
}

}  // namespace

Site::Site() : folder_(MakeFolder()) {
  WriteFile("pepper.key", std::string(32, 'p'));
  std::filesystem::permissions(Path("pepper.key"),
                               std::filesystem::perms::owner_read);
  Configure(kPolicies);
}

Site::~Site() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

std::string Site::Path(std::string_view name) const {
  return absl::StrCat(folder_, "/", name);
}

void Site::Configure(std::string_view policies) const {
  WriteFile("tollgate.yaml", absl::StrCat(kHead, policies));
}

void Site::WriteFile(std::string_view name, std::string_view bytes) const {
  std::ofstream file(Path(name), std::ios::binary);
  file << bytes;
}

std::string Site::ReadFile(std::string_view name) const {
  std::ifstream file(Path(name), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Outcome Site::Run(const Arguments& words, const Arguments& more,
                  std::string_view input, const ProcessOptions& options) const {
  Arguments arguments = words;
  arguments.insert(arguments.end(), {"--config", config()});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunTollgate(arguments, input, options);
}

IssuedText Site::Issue(const Arguments& more) const {
  Arguments options = {"--principal", "tester", "--json"};
  options.insert(options.end(), more.begin(), more.end());
  const Outcome outcome = Run({"keys", "issue"}, options);
  return {Field(outcome.output, "key_id"), Field(outcome.output, "key")};
}

Outcome Site::Check(std::string_view input) const {
  return Run({"check"}, {}, input);
}

std::string Field(std::string_view line, std::string_view name) {
  JsonReader reader({});
  const auto object = reader.ParseObject(line);
  if (!object.ok()) return "";
  const auto value = object->Find(name);
  return value.has_value() ? TextOf(*value) : "";
}

std::string Request(std::string_view key, std::string_view more) {
  return absl::StrCat(
      R"({"id":1,"method":"GET","path":"/v1/x","ip":"10.0.0.1",)",
      R"("headers":{"X-API-Key":")", key, "\"}", more, "}\n");
}

void ExpectOneLine(const Outcome& outcome, int status, std::string_view what) {
  EXPECT_EQ(outcome.status, status) << what << ": " << outcome.error;
  EXPECT_EQ(outcome.output, "") << what;
  EXPECT_EQ(std::count(outcome.error.begin(), outcome.error.end(), '\n'), 1)
      << what << ": " << outcome.error;
}

}  // namespace tollgate::cli
