// A server on the loopback interface that terminates mutual TLS and lets an
// engine decide: the least that a gateway does. For tests.
//
// Every request, whatever it is, is answered with the reason and the principal,
// and the connection is closed.
//
// Thread-safety: made, asked and destroyed by one thread; connections are
// served one at a time by another. Ownership: borrows the validator.

#ifndef TOLLGATE_TESTS_TLS_TLS_SERVER_H_
#define TOLLGATE_TESTS_TLS_TLS_SERVER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "engine/crypto/mutual_tls_context.h"
#include "engine/validator.h"

namespace tollgate {

class TlsServer {
 public:
  TlsServer(Validator* validator, MutualTlsContext* context, Now now);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  uint16_t port() const { return port_; }
  // Handshakes that were done, and how many of them resumed a session.
  int done() const { return done_; }
  int resumed() const { return resumed_; }

 private:
  void Serve();
  void ServeOne(Validator::Worker& worker, int connection);

  Validator* const validator_;
  MutualTlsContext* const context_;
  const Now now_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> done_ = 0;
  std::atomic<int> resumed_ = 0;
  std::thread thread_;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_TLS_TLS_SERVER_H_
