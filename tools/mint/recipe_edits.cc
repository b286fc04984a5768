#include "tools/mint/recipe_edits.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tollgate::mint {

void Replace(CertificateSpec& spec, Extension extension) {
  for (Extension& present : spec.extensions) {
    if (present.oid != extension.oid) continue;
    present = std::move(extension);
    return;
  }
  spec.extensions.push_back(std::move(extension));
}

void Remove(CertificateSpec& spec, std::string_view oid) {
  std::erase_if(spec.extensions,
                [oid](const Extension& e) { return e.oid == oid; });
}

void Constrain(Recipe& recipe, const std::vector<std::string>& permitted,
               const std::vector<std::string>& excluded) {
  recipe.intermediate.extensions.push_back(
      NameConstraints(permitted, excluded));
}

void NameLeaf(Recipe& recipe, const std::vector<std::string>& names) {
  Replace(recipe.leaf, SubjectAltName(names));
}

void UseKeys(Recipe& recipe, const MintKey& intermediate, const MintKey& leaf) {
  recipe.intermediate_key = intermediate;
  recipe.leaf_key = leaf;
}

void Lengthen(Recipe& recipe, int count) {
  for (int i = 0; i < count; ++i) {
    CertificateSpec next = recipe.intermediate;
    next.serial = std::string(1, static_cast<char>(i + 20));
    next.issuer =
        i == 0 ? recipe.intermediate.subject : recipe.more.back().subject;
    next.subject = Name(absl::StrCat("further ", i));
    recipe.more.push_back(next);
  }
  recipe.leaf.issuer = recipe.more.back().subject;
}

}  // namespace tollgate::mint
