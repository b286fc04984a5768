#include "tests/tls/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/extract/client_chain.h"

namespace tollgate {
namespace {

// Reads to the end of a request's head, or to the end.
void ReadHead(SSL* ssl) {
  std::string head;
  char buffer[1024];
  while (!absl::StrContains(head, "\r\n\r\n")) {
    const int count = SSL_read(ssl, buffer, sizeof(buffer));
    if (count <= 0) return;
    head.append(buffer, static_cast<size_t>(count));
  }
}

// Ends a connection once the client has: what stood unread would reset it, and
// an alert might be lost.
void Close(int connection) {
  shutdown(connection, SHUT_WR);
  char rest[1024];
  while (read(connection, rest, sizeof(rest)) > 0) {
  }
  close(connection);
}

}  // namespace

TlsServer::TlsServer(Validator* validator, MutualTlsContext* context, Now now)
    : validator_(validator), context_(context), now_(now) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 8);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

TlsServer::~TlsServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

void TlsServer::Serve() {
  Validator::Worker worker = validator_->RegisterWorker();
  while (true) {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    ServeOne(worker, connection);
    Close(connection);
  }
}

void TlsServer::ServeOne(Validator::Worker& worker, int connection) {
  const SslPtr ssl = context_->NewConnection();
  SSL_set_fd(ssl.get(), connection);
  if (SSL_accept(ssl.get()) == 1) {
    ++done_;
    if (SSL_session_reused(ssl.get()) == 1) ++resumed_;
    ReadHead(ssl.get());
    const ClientChain chain =
        ClientChain::Of(MutualTlsContext::PeerChain(ssl.get()))
            .value_or(ClientChain::Unreadable());
    const Decision decision = worker.Validate(
        {"GET", "/", *IpAddress::Parse("127.0.0.1"), {}, &chain}, now_);
    const std::string body = absl::StrCat(ReasonName(decision.reason), " ",
                                          decision.principal.text(), "\n");
    const std::string answer =
        absl::StrCat("HTTP/1.1 ", decision.http_status(),
                     " x\r\nConnection: close\r\nContent-Length: ", body.size(),
                     "\r\n\r\n", body);
    SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
    SSL_shutdown(ssl.get());
  }
  ERR_clear_error();
}

}  // namespace tollgate
