#include "engine/store/row_relay.h"

#include <string_view>

#include "absl/strings/str_cat.h"

namespace tollgate {

void RowRelay::Row::Assign(const StoredKeyView& key) {
  texts_.clear();
  absl::StrAppend(&texts_, key.key_id, key.principal, key.scopes, key.policy);
  key_ = key;
  std::string_view rest = texts_;
  for (std::string_view* const text :
       {&key_.key_id, &key_.principal, &key_.scopes, &key_.policy}) {
    const size_t size = text->size();
    *text = rest.substr(0, size);
    rest.remove_prefix(size);
  }
}

absl::Status RowRelay::Add(const StoredKeyView& key) {
  Part& part = parts_[reading_];
  if (part.count == part.rows.size()) part.rows.emplace_back();
  part.rows[part.count++].Assign(key);
  if (part.count == kPartRows) HandOver();
  return first_error_;
}

absl::Status RowRelay::Finish() {
  Wait();
  Part& part = parts_[reading_];
  if (first_error_.ok()) first_error_ = ApplyAll(part);
  part.count = 0;
  return first_error_;
}

// Begins to apply the part that is full, and to fill the one before it.
void RowRelay::HandOver() {
  Wait();
  const Part& full = parts_[reading_];
  reading_ = 1 - reading_;
  parts_[reading_].count = 0;
  if (!first_error_.ok()) return;
  applying_ = std::async(std::launch::async | std::launch::deferred,
                         [this, &full] { return ApplyAll(full); });
}

void RowRelay::Wait() {
  if (applying_.valid()) first_error_.Update(applying_.get());
}

absl::Status RowRelay::ApplyAll(const Part& part) const {
  for (size_t i = 0; i < part.count; ++i) {
    absl::Status status = apply_(part.rows[i].key());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace tollgate
