"""The repository rules behind deps.bzl."""

load("@bazel_tools//tools/cpp:cc_configure.bzl", "cc_autoconf_impl")

def _fail_plainly(message):
    fail("\n\n    " + message.strip() + "\n")

def _source_archives_impl(ctx):
    environ = {"TOLLGATE_DEPS_DIR": ctx.os.environ.get("TOLLGATE_DEPS_DIR", "")}
    result = ctx.execute(
        [ctx.path(ctx.attr._fetch)] + ctx.attr.pins,
        environment = environ,
        timeout = 1200,
    )
    if result.return_code != 0:
        _fail_plainly(result.stderr)
    ctx.file("BUILD", "exports_files(glob([\"*.tar.*\"]))\n")

source_archives = repository_rule(
    doc = "Upstream tarballs, fetched together and checked against their pins.",
    implementation = _source_archives_impl,
    environ = ["TOLLGATE_DEPS_DIR"],
    attrs = {
        "pins": attr.string_list(
            doc = "PACKAGE|UPSTREAM_VERSION|TARBALL|SHA256 each.",
            mandatory = True,
        ),
        "_fetch": attr.label(default = "//tools/deps:fetch"),
    },
)

def _source_archive_impl(ctx):
    # Not ctx.extract(): Bazel 4.2 has to be told the name of the top folder.
    result = ctx.execute([
        "tar",
        "--extract",
        "--strip-components=1",
        "--no-same-owner",
        "--file",
        ctx.path(ctx.attr.archive),
    ])
    if result.return_code != 0:
        _fail_plainly("cannot unpack %s: %s" % (ctx.attr.archive, result.stderr))
    if ctx.attr.build_file:
        ctx.symlink(ctx.attr.build_file, "BUILD.bazel")

source_archive = repository_rule(
    doc = "One tarball of source_archives, unpacked.",
    implementation = _source_archive_impl,
    attrs = {
        "archive": attr.label(mandatory = True),
        "build_file": attr.label(doc = "If it does not bring its own."),
    },
)

_SYSTEM_LIBRARY = """
# {header}, found by the compiler where the system keeps it.
cc_library(
    name = "{name}",
    linkopts = {linkopts},
    visibility = ["//visibility:public"],
)
"""

def _can_include(ctx, header):
    ctx.file("probe.cc", "#include <%s>\n" % header)
    compiler = ctx.os.environ.get("CC", "gcc")
    probe = [compiler, "-std=c++20", "-E", "-o", "/dev/null", ctx.path("probe.cc")]
    return ctx.execute(probe).return_code == 0

def _system_library_impl(ctx):
    if not _can_include(ctx, ctx.attr.header):
        _fail_plainly("<%s> is not installed: run tools/deps/install" %
                      ctx.attr.header)
    ctx.file("BUILD", _SYSTEM_LIBRARY.format(
        header = ctx.attr.header,
        linkopts = ctx.attr.linkopts,
        name = ctx.name,
    ))

system_library = repository_rule(
    doc = "A library and its headers as the system has them installed.",
    implementation = _system_library_impl,
    environ = ["CC"],
    local = True,
    attrs = {
        "header": attr.string(mandatory = True),
        "linkopts": attr.string_list(),
    },
)

def _clang_toolchain_impl(ctx):
    clang = ctx.which("clang")
    if not clang:
        _fail_plainly("clang is not installed: run tools/deps/install")
    cc_autoconf_impl(ctx, overriden_tools = {"gcc": str(clang)})

clang_toolchain = repository_rule(
    doc = "The C++ toolchain that Bazel would configure if CC were clang.",
    implementation = _clang_toolchain_impl,
    configure = True,
)
