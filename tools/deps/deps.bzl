"""Every dependency of Tollgate: which version, from where, under which name."""

load(
    "//tools/deps:repositories.bzl",
    "clang_toolchain",
    "source_archive",
    "source_archives",
    "system_library",
)

# Built from Debian 12's pristine upstream tarballs: repository name to
# (source package, upstream version, tarball, SHA-256 of the tarball).
SOURCES = {
    "boringssl": (
        "android-platform-external-boringssl",
        "13.0.0+r24",
        "android-platform-external-boringssl_13.0.0+r24.orig.tar.xz",
        "583b7aeee1fca68b8244d086cea6fca23bd19d517bd63f0b9de714e048f92a7d",
    ),
    "com_github_google_benchmark": (
        "benchmark",
        "1.7.1",
        "benchmark_1.7.1.orig.tar.gz",
        "6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7",
    ),
    "com_google_absl": (
        "abseil",
        "20220623.1",
        "abseil_20220623.1.orig.tar.gz",
        "abfe2897f3a30edaa74bc34365afe3c2a3cd012091a97dc7e008f7016adcd5fe",
    ),
    "com_google_googletest": (
        "googletest",
        "1.12.1",
        "googletest_1.12.1.orig.tar.gz",
        "81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2",
    ),
    "simdjson": (
        "simdjson",
        "3.0.1",
        "simdjson_3.0.1.orig.tar.gz",
        "156b1bc5eb0561b2bd166b46d191fd3d95a3e709cc63761477d3b7aec2b6e9ed",
    ),
}

# Those of them that bring no BUILD files of their own.
BUILD_FILES = {
    "simdjson": "//tools/deps:simdjson.BUILD",
}

# Linked from the system: repository name to (a header, linker options).
SYSTEM_LIBRARIES = {
    "cjose": ("cjose/cjose.h", ["-lcjose", "-ljansson"]),
    "cli11": ("CLI/CLI.hpp", []),
    "icu": ("unicode/uspoof.h", ["-licui18n", "-licuuc"]),
    "libcuckoo": ("libcuckoo/cuckoohash_map.hh", []),
    "libjwt": ("jwt.h", ["-ljwt"]),
    "sqlite": ("sqlite3.h", ["-lsqlite3"]),
    "tbb": ("oneapi/tbb.h", ["-ltbb"]),
    "yaml_cpp": ("yaml-cpp/yaml.h", ["-lyaml-cpp"]),
}

# Bazel's own rules: repository name to where they are.
RULES = {
    "bazel_skylib": "/usr/share/bazel/tools/skylib",
    "platforms": "/usr/share/bazel/tools/platforms",
    "remote_coverage_tools": "tools/deps/local/remote_coverage_tools",
    "rules_cc": "tools/deps/local/rules_cc",
    "rules_java": "/usr/share/bazel/rules/java",
    "rules_proto": "/usr/share/bazel/rules/proto",
}

def tollgate_dependencies():
    """Declares all repositories; each is fetched when it is first needed."""
    source_archives(
        name = "tollgate_sources",
        pins = ["|".join(pin) for pin in SOURCES.values()],
    )
    for name, (_, _, tarball, _) in SOURCES.items():
        source_archive(
            name = name,
            archive = "@tollgate_sources//:" + tarball,
            build_file = BUILD_FILES.get(name),
        )
    for name, (header, linkopts) in SYSTEM_LIBRARIES.items():
        system_library(name = name, header = header, linkopts = linkopts)
    for name, path in RULES.items():
        native.local_repository(name = name, path = path)
    clang_toolchain(name = "local_config_clang")
