// Runs the real command line as another process.
//
// Thread-safety: a Process belongs to one thread. Nothing here waits for ever:
// a program that does not answer within a minute fails the test.

#ifndef TOLLGATE_TESTS_CLI_PROCESS_H_
#define TOLLGATE_TESTS_CLI_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::cli {

using Arguments = std::vector<std::string>;

struct ProcessOptions {
  // What a standard stream is: a pipe to this process by default, the file of
  // that name, closed, or a pipe that nobody reads any more.
  bool close_input = false;
  bool close_output = false;
  bool unread_output = false;
  std::string output_file = "";

  // The most bytes that any file it writes may have.
  std::optional<uint64_t> file_bytes_max = std::nullopt;
};

struct Outcome {
  int status = -1;  // the exit status; -signal when killed
  std::string output;
  std::string error;
  uint64_t peak_bytes = 0;  // the most memory that was resident

  // Output's lines, without their line breaks.
  std::vector<std::string> lines() const;
};

class Process {
 public:
  // Starts `tollgate` with `arguments`.
  explicit Process(const Arguments& arguments,
                   const ProcessOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Writes all of `text`, reading what comes back meanwhile. Stops when nobody
  // reads any more.
  void Write(std::string_view text);
  void CloseInput();

  // Writes `text`, which is at most what a pipe holds, and returns once the
  // program is held up because what it prints is not read.
  void WriteUntilHeldUp(std::string_view text);

  // Returns the next line of output, "" when there is none.
  std::string ReadLine();

  // Stops reading what it prints.
  void CloseOutput();

  void Signal(int number) const;

  // Waits for its end without reading what it prints.
  void WaitUnread() const;

  // Closes its input and waits for its end.
  Outcome Wait();

 private:
  bool Pump(bool want_input);
  void Read(int& descriptor, std::string& text);

  pid_t pid_ = -1;
  int input_ = -1;   // what the child reads
  int output_ = -1;  // what the child prints
  int error_ = -1;
  std::string printed_;
  size_t taken_ = 0;  // of printed_, by ReadLine
  std::string complained_;
};

// Runs `tollgate` with `arguments` over `input` to its end.
Outcome RunTollgate(const Arguments& arguments, std::string_view input = "",
                    const ProcessOptions& options = {});

}  // namespace tollgate::cli

#endif  // TOLLGATE_TESTS_CLI_PROCESS_H_
