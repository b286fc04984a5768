"""Compiler and linker options that targets choose for themselves."""

# For libraries on the hot path: no exceptions, no run-time type information,
# and what the compiler can do for small functions.
TOLLGATE_HOT_COPTS = [
    "-fno-exceptions",
    "-fno-rtti",
] + select({
    "//tools:optimised": [
        "-O3",
        "-fomit-frame-pointer",
    ],
    "//conditions:default": [],
})

# For fuzz targets: brings libFuzzer's main() under --config=fuzz, and nothing
# otherwise, where the target has to have a main() of its own.
TOLLGATE_FUZZ_LINKOPTS = select({
    "//tools:fuzzing": ["-fsanitize=fuzzer"],
    "//conditions:default": [],
})
