// Names that constraints of the intermediate do not permit.

#include "tools/mint/defect_tables.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate::mint {

std::vector<Defect> NameDefects() {
  return {
      {"dns_excluded", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Dns("example.com")}); }},
      {"dns_excluded_in_another_case", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Dns("EXAMPLE.com")}); }},
      {"dns_not_permitted", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Dns("example.org")}, {}); }},
      {"dns_not_permitted_by_a_suffix", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Dns("one.badexample.com")});
         Constrain(r, {Dns("example.com")}, {});
       }},
      {"dns_wildcard_over_the_excluded", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Dns("*.example.com")});
         Constrain(r, {}, {Dns("secret.example.com")});
       }},
      {"dns_wildcard_wider_than_permitted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Dns("*.example.com")});
         Constrain(r, {Dns("one.example.com")}, {});
       }},
      {"dns_constraint_malformed", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Dns(".example.com")}, {}); }},
      {"uri_not_permitted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("https://one.example.com/x")});
         Constrain(r, {Uri("example.com")}, {});
       }},
      {"uri_excluded", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("https://one.EXAMPLE.com:8443/x")});
         Constrain(r, {}, {Uri(".example.com")});
       }},
      {"uri_of_an_address", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Uri("https://[fe80::1%25eth0]/x")});
         Constrain(r, {}, {Uri(".example.com")});
       }},
      {"uri_without_a_host", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Uri(".example.com")}); }},
      {"email_excluded", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Email("example.com")}); }},
      {"email_not_permitted", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Email("two@example.com")}, {}); }},
      {"email_in_the_subject_excluded", "name_not_permitted",
       [](Recipe& r) {
         r.leaf.subject =
             NameOf({{kCommonName, "client one"},
                     {kEmailAddress, "one@example.net", kIa5String}});
         Constrain(r, {}, {Email("example.net")});
       }},
      {"email_quoted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Email("\"one@bad\"@example.com")});
         Constrain(r, {Email("example.com")}, {});
       }},
      {"ip_excluded", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Ip({"\x0a\x00\x00\x01", 4})});
         Constrain(r, {}, {Ip({"\x0a\x00\x00\x00\xff\x00\x00\x00", 8})});
       }},
      {"ip_not_permitted", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Ip({"\x0b\x00\x00\x01", 4})});
         Constrain(r, {Ip({"\x0a\x00\x00\x00\xff\x00\x00\x00", 8})}, {});
       }},
      {"ip_of_version_6_excluded", "name_not_permitted",
       [](Recipe& r) {
         const std::string address = "\x20\x01\x0d\xb8" + std::string(12, '\1');
         const std::string mask =
             std::string(4, '\xff') + std::string(12, '\0');
         NameLeaf(r, {Ip(address)});
         Constrain(r, {},
                   {Ip(address.substr(0, 4) + std::string(12, '\0') + mask)});
       }},
      {"ip_mask_with_gaps", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {Ip({"\x0a\x00\x00\x01", 4})});
         Constrain(r, {Ip({"\x0a\x00\x00\x00\xff\x00\xff\x00", 8})}, {});
       }},
      {"directory_name_excluded", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {}, {Directory(Name("CLIENT  one "))}); }},
      {"directory_name_excluded_by_its_beginning", "name_not_permitted",
       [](Recipe& r) {
         r.leaf.subject =
             NameOf({{kOrganization, "Acme"}, {kCommonName, "client one"}});
         Constrain(
             r, {},
             {Directory(NameOf({{kOrganization, "acme", kPrintableString}}))});
       }},
      {"directory_name_not_permitted", "name_not_permitted",
       [](Recipe& r) { Constrain(r, {Directory(Name("another"))}, {}); }},
      {"constraint_of_a_kind_unknown", "name_not_permitted",
       [](Recipe& r) {
         NameLeaf(r, {OtherName()});
         Constrain(r, {}, {OtherName()});
       }},
  };
}

}  // namespace tollgate::mint
