// mint: writes test chains to files, good and precisely bad.
//
//   mint list
//   mint chain good --out DIR
//   mint chain leaf_expired --out DIR
//
// In DIR, which must be there: leaf.pem and leaf.key (PKCS #8), chain.pem (as a
// client sends it, the leaf first), anchors.pem, crls.pem (empty: none).
// `list` prints each name with what a validator says of the chain at
// 2026-01-01, kGoodTime.

#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tools/mint/client_chains.h"

namespace tollgate::mint {
namespace {

int Usage() {
  std::cerr << "mint list | mint chain NAME --out DIR\n";
  return 2;
}

int List() {
  std::cout << "good ok\n";
  for (const Defect& defect : Defects()) {
    std::cout << defect.name << " " << defect.reason << "\n";
  }
  return 0;
}

bool Write(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) std::cerr << path << ": can not be written\n";
  return static_cast<bool>(file);
}

std::string Joined(const std::vector<std::string>& ders,
                   std::string_view label) {
  std::string text;
  for (const std::string& der : ders) text += Pem(der, label);
  return text;
}

int WriteChain(const Recipe& recipe, const std::string& folder) {
  const ClientChainFiles files = Mint(recipe);
  const bool written =
      Write(absl::StrCat(folder, "/leaf.key"), files.leaf_private_pem) &&
      Write(absl::StrCat(folder, "/leaf.pem"), Pem(files.chain.front())) &&
      Write(absl::StrCat(folder, "/chain.pem"),
            Joined(files.chain, "CERTIFICATE")) &&
      Write(absl::StrCat(folder, "/anchors.pem"),
            Joined(files.anchors, "CERTIFICATE")) &&
      Write(absl::StrCat(folder, "/crls.pem"), Joined(files.crls, "X509 CRL"));
  return written ? 0 : 4;
}

int Chain(std::string_view name, const std::string& folder) {
  if (name == "good") return WriteChain(GoodRecipe(), folder);
  for (const Defect& defect : Defects()) {
    if (defect.name == name) return WriteChain(Spoilt(defect), folder);
  }
  std::cerr << name << ": no such chain; see mint list\n";
  return 1;
}

int Main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "list" && argc == 2) return List();
  if (command == "chain" && argc == 5 && argv[3] == std::string_view("--out")) {
    return Chain(argv[2], argv[4]);
  }
  return Usage();
}

}  // namespace
}  // namespace tollgate::mint

int main(int argc, char** argv) { return tollgate::mint::Main(argc, argv); }
