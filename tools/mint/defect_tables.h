// The parts of Defects(), by what they are about.
//
// A defect that takes the revocation lists of both authorities with it sets
// send_crls; the others send none.

#ifndef TOLLGATE_TOOLS_MINT_DEFECT_TABLES_H_
#define TOLLGATE_TOOLS_MINT_DEFECT_TABLES_H_

#include <vector>

#include "tools/mint/client_chains.h"

namespace tollgate::mint {

std::vector<Defect> PathDefects();
std::vector<Defect> NameDefects();
std::vector<Defect> FormDefects();
std::vector<Defect> RevocationDefects();

// The path is good; whose the certificate is, is not.
std::vector<Defect> IdentityDefects();

// Not a defect under every configuration, or none at all.
std::vector<Defect> Oddities();

}  // namespace tollgate::mint

#endif  // TOLLGATE_TOOLS_MINT_DEFECT_TABLES_H_
