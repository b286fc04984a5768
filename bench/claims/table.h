// The table: every claim measured in one process, as ratios within one run.

#ifndef TOLLGATE_BENCH_CLAIMS_TABLE_H_
#define TOLLGATE_BENCH_CLAIMS_TABLE_H_

#include <string>

#include "bench/claims/context.h"
#include "bench/report/report.h"

namespace tollgate::bench {

struct TableOptions {
  Effort effort = kNormal;
  std::string command;  // as typed, for the head of the table
  std::string only;     // parts whose name contains this; empty: all
};

// Tells of its progress on the standard error stream.
Report MeasureTable(const TableOptions& options);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_CLAIMS_TABLE_H_
