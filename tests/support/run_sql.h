// Runs SQL on a file behind the back of the engine, for tests of damage.

#ifndef TOLLGATE_TESTS_SUPPORT_RUN_SQL_H_
#define TOLLGATE_TESTS_SUPPORT_RUN_SQL_H_

#include <sqlite3.h>

#include <string>

#include "gtest/gtest.h"

namespace tollgate {

// The database at `path` need not be a store. What fails fails the test.
inline void RunSqlOn(const std::string& path, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, &error), SQLITE_OK)
      << error;
  sqlite3_free(error);
  sqlite3_close(handle);
}

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_RUN_SQL_H_
