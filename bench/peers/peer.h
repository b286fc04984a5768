// A peer: another library's validation, in a process of its own, driven through
// a pipe by PeerProcess (bench/support/peer_process.h).
//
// What it reads: the secret, a line; how many tokens, a line; the tokens, a
// line each; then, as often as it is asked, "run MILLISECONDS". Each is
// answered by a line, the nanoseconds of processor time that one validation
// took. It ends with its input.

#ifndef TOLLGATE_BENCH_PEERS_PEER_H_
#define TOLLGATE_BENCH_PEERS_PEER_H_

#include <functional>
#include <string>

namespace tollgate::bench {

// Returns whether `token`, signed under HS256, is one of the issuer and for the
// audience of bench/support/live_tokens.h, and good now.
using Validation = std::function<bool(const std::string& token)>;

// Runs the peer; returns the exit status.
int RunPeer(const std::function<Validation(const std::string& secret)>& make);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_PEERS_PEER_H_
