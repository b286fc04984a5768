// The parts of the table. Each adds its claims and figures to the report, and
// says what it compares with what, and why that is fair.

#ifndef TOLLGATE_BENCH_CLAIMS_MEASUREMENTS_H_
#define TOLLGATE_BENCH_CLAIMS_MEASUREMENTS_H_

#include "bench/claims/context.h"

namespace tollgate::bench {

// Opening an engine with many keys in SQLite.
void MeasureLoading(Context& context);

// Every path of bench/paths: time, latency, counters, floor, stages; the known
// ones on several threads.
void MeasurePaths(Context& context);

// Other gateways on loopback: HAProxy's and nginx's checks. Not in a smoke run
// nor a quick one: they take their time.
void MeasureGateways(Context& context);

// One thread: good keys, against the baseline and the primitives; a million
// keys; batches; every kind of refusal.
void MeasureValidation(Context& context);

// Two threads against one, with leased and with exactly charged limits.
void MeasureThreads(Context& context);

// A reader while keys are replaced and while the configuration is reloaded.
void MeasureDisturbance(Context& context);

// Finding keys at two threads with a writer, against other maps.
void MeasureKeyMaps(Context& context);

// The limiter by itself: exact, leased, contended, refused.
void MeasureLimiter(Context& context);

// Tokens: hits against API keys and misses; misses against bare signatures and
// other libraries; a reload; bytes a token in the cache.
void MeasureTokens(Context& context);

// Client certificates: hits against API keys; misses against bare signatures; a
// chain made to cost; a reload.
void MeasureCertificates(Context& context);

// Tool definitions: hits; misses against bare signatures; canonical form.
void MeasureTools(Context& context);

// Admission, audit, and a flood of forgeries.
void MeasureGuard(Context& context);

// Bytes a key.
void MeasureMemory(Context& context);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_CLAIMS_MEASUREMENTS_H_
