// Changes to the recipe of a good chain, one deviation each.
//
//   Recipe recipe = GoodRecipe();
//   NameLeaf(recipe, {Dns("*.example.com")});
//
// Thread-safety: pure functions of what they change.

#ifndef TOLLGATE_TOOLS_MINT_RECIPE_EDITS_H_
#define TOLLGATE_TOOLS_MINT_RECIPE_EDITS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tools/mint/client_chains.h"

namespace tollgate::mint {

// Puts the extension in the place of that with its identifier; appends it when
// there is none.
void Replace(CertificateSpec& spec, Extension extension);

// Takes out the extension with this identifier.
void Remove(CertificateSpec& spec, std::string_view oid);

// Gives the intermediate name constraints.
void Constrain(Recipe& recipe, const std::vector<std::string>& permitted,
               const std::vector<std::string>& excluded);

// Gives the end entity these names, general names in DER, and no others.
void NameLeaf(Recipe& recipe, const std::vector<std::string>& names);

// Has an intermediate and an end entity with these keys.
void UseKeys(Recipe& recipe, const MintKey& intermediate, const MintKey& leaf);

// Puts `count` intermediates between the intermediate and the end entity, each
// issued by the one before.
void Lengthen(Recipe& recipe, int count);

}  // namespace tollgate::mint

#endif  // TOLLGATE_TOOLS_MINT_RECIPE_EDITS_H_
