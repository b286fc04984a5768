"""Fuzz targets that are also ordinary tests."""

load("//tools:copts.bzl", "TOLLGATE_FUZZ_LINKOPTS")

def fuzz_target(name, srcs, deps, corpus = None):
    """Declares a fuzz target: `extern "C" int LLVMFuzzerTestOneInput`.

    Makes two targets:
      <name>            a test: the corpus and a few thousand seeded mutations;
      <name>_libfuzzer  the libFuzzer binary, built only when asked for:
                        bazel run --config=fuzz //tests/fuzz:<name>_libfuzzer

    Args:
      name: ends in _fuzz.
      srcs: the file that defines the target.
      deps: what it needs.
      corpus: the folder of corpus files, relative to the package; by default
        corpus/<name without _fuzz>. At least one file has to be there.
    """
    if not name.endswith("_fuzz"):
        fail("the name of a fuzz target ends in _fuzz: " + name)
    if corpus == None:
        corpus = "corpus/" + name[:-len("_fuzz")]
    native.cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        args = [native.package_name() + "/" + corpus],
        data = native.glob([corpus + "/*"]),
        tags = ["asan_only"],
        deps = deps + [
            "//tests/fuzz:corpus_main",
            "//tests/fuzz:fuzz_check",
        ],
    )
    native.cc_binary(
        name = name + "_libfuzzer",
        testonly = True,
        srcs = srcs,
        linkopts = TOLLGATE_FUZZ_LINKOPTS,
        tags = ["manual"],
        deps = deps + ["//tests/fuzz:fuzz_check"],
    )
