// Every bound of the engine, with its reason. Relations between bounds are
// asserted here; a bound that nobody needs is deleted.

#ifndef TOLLGATE_ENGINE_BASE_LIMITS_H_
#define TOLLGATE_ENGINE_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace tollgate::limits {

// A request target longer than this is refused: twice what common servers
// accept, and it bounds the work of canonicalisation.
inline constexpr size_t kPathBytesMax = 8192;

// Segments of a path or pattern; beyond it, matching would not be bounded by
// a number worth stating.
inline constexpr size_t kPathSegmentsMax = 64;

// Bytes of a method; the longest one registered has 17.
inline constexpr size_t kMethodBytesMax = 32;

// Endpoint patterns of one list: each is tried in turn, some ns apiece.
inline constexpr size_t kEndpointPatternsMax = 1024;

// Addresses and prefixes of one list. Matching takes the logarithm of it; the
// bound is what a rule's index must fit.
inline constexpr size_t kIpRulesMax = 1 << 17;

// Time windows of one policy: one for every hour of a week.
inline constexpr size_t kTimeWindowsMax = 7 * 24;

// Headers looked at per request. Servers refuse above 100 by default.
inline constexpr size_t kHeadersMax = 256;

// X-Forwarded-For / Forwarded hops walked from the right.
inline constexpr size_t kForwardedHopsMax = 32;

// Bytes of a principal's name; a decision carries it by value.
inline constexpr size_t kPrincipalBytesMax = 255;

// Bytes of an API key's secret: with SHA-256's padding, one block exactly.
inline constexpr size_t kSecretBytesMax = 55;

// Bytes of a secret that was made elsewhere: fewer could be guessed.
inline constexpr size_t kImportedSecretBytesMin = 16;

// Peppers configured at a time: every secret is digested under each.
inline constexpr size_t kPeppersMax = 4;

// Bytes of a decoded Basic pair: key id, colon, secret.
inline constexpr size_t kBasicPairBytesMax = 12 + 1 + kSecretBytesMax;

// Bytes of a scope name.
inline constexpr size_t kScopeBytesMax = 128;

// Distinct scope names an engine knows; a scope set is a mask of this many
// bits, one cache line.
inline constexpr size_t kScopesMax = 512;

// Of these, how many there may be for tokens to bring another.
inline constexpr size_t kForeignScopesMax = kScopesMax / 2;

// Entries of the endpoint table named in the challenge of one refusal.
inline constexpr size_t kNeededScopeSetsMax = 32;

// Scopes of one credential.
inline constexpr size_t kScopesPerGrantMax = 128;

// Rate-limit windows of one policy.
inline constexpr size_t kLimitWindowsMax = 7;

// One configuration file: some ten thousand policies; read whole into memory.
inline constexpr size_t kConfigBytesMax = 1 << 20;

// Collections inside each other in it; what the format needs is seven.
inline constexpr size_t kConfigNestingMax = 16;

// Scalars and collections in it: bounds the tree to some tens of megabytes.
inline constexpr size_t kConfigNodesMax = 200'000;

// Bytes of a policy's name: it is shown in lists and messages.
inline constexpr size_t kPolicyNameBytesMax = 64;

// Bytes of a rate-limit window's name: it is sent in response headers.
inline constexpr size_t kLimitNameBytesMax = 32;

// Permits of one limit or burst. Usage is kept in 47 bits; this is 40.
inline constexpr uint64_t kLimitPermitsMax = 1'000'000'000'000;

// One leap year: longer than any quota is written.
inline constexpr uint64_t kLimitPeriodMicrosMax =
    uint64_t{366} * 24 * 3600 * 1'000'000;

// Time in which a whole burst refills, in microseconds: ten years. Counted in
// the limiter's finest unit (1/2880 us) it leaves three bits of an int64_t.
inline constexpr uint64_t kLimitRefillMicrosMax =
    uint64_t{3653} * 24 * 3600 * 1'000'000;
static_assert(kLimitRefillMicrosMax <= (uint64_t{1} << 60) / 2880);

// Permits per microsecond; a billion a second is beyond any machine, and
// below the limiter's finest unit.
inline constexpr uint64_t kLimitPermitsPerMicroMax = 1000;

// Bytes of the name of the header that carries an API key; the extractor keeps
// the sizes of the names it looks for in one word of bits.
inline constexpr size_t kHeaderNameBytesMax = 56;

// A pepper's file. 32 bytes is what HMAC-SHA-256 keys have (RFC 2104 section
// 3); a file of more than 4 KiB is not a key.
inline constexpr size_t kPepperBytesMin = 32;
inline constexpr size_t kPepperBytesMax = 4096;

// Bytes of a key id in the durable store: four times what is issued.
inline constexpr size_t kStoredKeyIdBytesMax = 64;

// Lists and objects inside each other in a JSON document: four times what a
// policy needs, and it bounds the reader's recursion.
inline constexpr size_t kJsonDepthMax = 64;

// One line of JSON Lines input; 16 MiB of one request is an attack.
inline constexpr size_t kInputLineBytesMax = 1 << 20;

// Bytes of a JWT. Servers take 8 to 16 KiB of headers in all; what is longer is
// refused before anything of it is read.
inline constexpr size_t kTokenBytesMax = 16 << 10;

// Issuers of one configuration: each token's is found by comparing names.
inline constexpr size_t kIssuersMax = 256;

// Entries of the cache of verified tokens: some gigabytes of them.
inline constexpr size_t kCacheEntriesMax = 1 << 24;

// How late an expired token may come, for clocks that differ: ten minutes is
// more than clocks do.
inline constexpr uint64_t kLeewayMicrosMax = 600'000'000;

// Lists and objects inside each other in a token's claims.
inline constexpr size_t kClaimsDepthMax = 16;

// Audiences of one token.
inline constexpr size_t kAudiencesMax = 64;

// Distinct sets of scopes that an engine keeps: credentials of one kind share
// theirs.
inline constexpr size_t kScopeSetsMax = 1 << 16;

// Of these, how many there may be for tokens to bring another.
inline constexpr size_t kForeignScopeSetsMax = kScopeSetsMax / 16 * 15;

// The protected header of a JWS, encoded; real ones have a tenth of it.
inline constexpr size_t kJwsHeaderBytesMax = 4096;
static_assert(kJwsHeaderBytesMax < kTokenBytesMax);

// Lists and objects inside each other in that header: an embedded JWK needs
// three.
inline constexpr size_t kJwsHeaderNestingMax = 4;

// Bytes of a JWK's id. It comes with every token, unproved, and is compared
// with that of each key.
inline constexpr size_t kKidBytesMax = 256;

// One JWK Set: keys at a time, all of which a look-up may visit, and its text.
inline constexpr size_t kJwksKeysMax = 256;
inline constexpr size_t kJwksBytesMax = 1 << 20;

// Public keys that more memory is spent on, to be quick: of one set, and in
// all, which is some 90 MB. Those beyond verify as well, and take longer.
inline constexpr size_t kPreparedKeysMax = 32;
inline constexpr size_t kPreparedKeysInAllMax = 1024;

// Lists and objects inside each other in it; what the format needs is four.
inline constexpr size_t kJwksNestingMax = 8;

// An RSA modulus. The least is that of RFC 7518 section 3.3; at the most, a
// verification takes a sixth of a millisecond.
inline constexpr size_t kRsaModulusBitsMin = 2048;
inline constexpr size_t kRsaModulusBitsMax = 8192;

// The secret of an HMAC key; the least is what its hash has.
inline constexpr size_t kHmacSecretBytesMax = 1024;

// The longest signature: RSA's, as long as the modulus.
inline constexpr size_t kSignatureBytesMax = kRsaModulusBitsMax / 8;

// Live entries of the revocation list, and of its table in the store: with
// texts of the usual length some two hundred megabytes.
inline constexpr size_t kRevocationsMax = 1'000'000;

// Bytes of an issuer, and of a jti or subject, in the revocation list. A token
// whose own are longer can be revoked by the digest of its claims.
inline constexpr size_t kRevocationTextBytesMax = 1024;

// Items in a list of the policy that a token brings with it: it is kept with
// the token's proof.
inline constexpr size_t kTokenPolicyItemsMax = 32;

// Distinct sets of rate limits that tokens brought, for the engine's life.
inline constexpr size_t kTokenLimitSetsMax = 1024;

// Principals and tokens with a bucket of their own. Each takes some 120 bytes;
// beyond it, those not met before are refused while there are limits.
inline constexpr size_t kPrincipalsMax = 4'000'000;

// Live entries of the window of one-time values: half a gigabyte of them, or a
// quarter of a million new ones a second for a minute.
inline constexpr size_t kReplayEntriesMax = 1 << 24;

// Bytes of a DPoP proof: half a token's, in a header of its own.
inline constexpr size_t kDpopProofBytesMax = 8 << 10;
static_assert(kDpopProofBytesMax <= kTokenBytesMax);

// Bytes of a proof's jti, which is random: eight times what it needs.
inline constexpr size_t kDpopTokenIdBytesMax = 256;

// Lists and objects inside each other in a proof's claims; those that are read
// are texts and a number.
inline constexpr size_t kDpopClaimsNestingMax = 4;

// How old a proof may be, and how far ahead the clock of who made it
// (RFC 9449 section 11.1: seconds or minutes). Each jti is remembered as long.
inline constexpr int64_t kDpopAgeMicrosMax = 60'000'000;
inline constexpr int64_t kDpopSkewMicrosMax = 5'000'000;

// A certificate, and the certificates of one chain, as peers send them.
inline constexpr size_t kCertificateBytesMax = 64 << 10;
inline constexpr size_t kChainCertificatesMax = 10;

// What one certificate may have: extensions (real ones have ten), names and
// constraints of each kind, and policies.
inline constexpr size_t kCertificateExtensionsMax = 64;
inline constexpr size_t kCertificateNamesMax = 1024;
inline constexpr size_t kCertificatePoliciesMax = 64;

// Names by which a certificate says whose certificate issued it: one, in two or
// three forms. They are compared with each that might have.
inline constexpr size_t kAuthorityIssuerNamesMax = 4;

// Certificates of a path, the anchor included: real ones have two to four.
inline constexpr size_t kPathCertificatesMax = 8;

// What validating one chain may take: signatures checked, a millisecond
// each at the worst, paths tried, steps taken in search of them, and
// nanoseconds, roughly, of comparing names with constraints. Together they keep
// below 25 ms.
inline constexpr size_t kPathSignaturesMax = 12;
inline constexpr size_t kPathsTriedMax = 8;
inline constexpr size_t kPathStepsMax = 256;
inline constexpr size_t kPathNameWorkMax = 1 << 23;

// Authorities' and lists' signatures, and authorities parsed, that a validator
// remembers: more than a client's issuers have.
inline constexpr size_t kSignaturesKnownMax = 4096;
inline constexpr size_t kAuthoritiesKnownMax = 256;

// Files of anchors and of revocation lists, what one may hold, and its bytes.
inline constexpr size_t kTrustFilesMax = 64;
inline constexpr size_t kAnchorsMax = 1024;
inline constexpr size_t kCrlsMax = 256;
inline constexpr size_t kTrustFileBytesMax = 32 << 20;

// A certificate revocation list: some hundred thousand entries.
inline constexpr size_t kCrlBytesMax = 16 << 20;

// A TLS session with a client, from the proof of its key to the next.
inline constexpr uint32_t kTlsSessionSecondsMax = 3600;

// A session that becomes a ticket: every handshake that resumes it carries it.
// Chains of the usual length make it two to six thousand bytes.
inline constexpr size_t kTlsSessionBytesMax = 16 << 10;

// The names of authorities in a handshake, each behind its size of two bytes:
// as many as the size of the whole can say (RFC 5246 section 7.4.4, RFC 8446
// section 4.2.4), but for what TLS 1.3 has beside them.
inline constexpr size_t kTlsAuthorityNamesBytesMax = 65'000;

// Bytes of a signed tool definition: a hundred times what tools have, and a
// quarter of a line of input.
inline constexpr size_t kToolDocumentBytesMax = 256 << 10;

// What a decision and a pin carry of a definition, in bytes.
inline constexpr size_t kToolNameBytesMax = 128;
inline constexpr size_t kToolVersionBytesMax = 64;
inline constexpr size_t kToolCapabilitiesMax = 256;

// Publishers of one configuration: each may have a key of the id that a
// document names, and of those so many are tried.
inline constexpr size_t kPublishersMax = 256;
inline constexpr size_t kPublisherKeysTriedMax = 4;

// Approvals of tool definitions, history included: a hundred a day for
// centuries.
inline constexpr size_t kApprovalsMax = 1 << 24;

// Failures after which a source is locked out, and the times that go with them:
// what a word of engine/limit/failure_word.h holds.
inline constexpr uint32_t kAdmissionFailuresMax = 1000;
inline constexpr int64_t kAdmissionMillisMax = int64_t{7} * 24 * 3600 * 1000;

// Sources and key ids of failed credentials that are kept: 16 and 4 MiB.
inline constexpr size_t kFailedSources = size_t{1} << 20;
inline constexpr size_t kFailedKeys = size_t{1} << 18;

// Public-key operations a second that a budget may allow: some hundred cores.
inline constexpr uint32_t kVerifyBudgetMax = 10'000'000;

// Bytes of the id that a gateway gives to a request, of which the audit tells.
inline constexpr size_t kRequestIdBytesMax = 64;

// Events of one worker that wait to be written; more are dropped, and counted.
inline constexpr size_t kAuditRingEvents = 1024;

}  // namespace tollgate::limits

#endif  // TOLLGATE_ENGINE_BASE_LIMITS_H_
