#!/usr/bin/env bash
# Builds CAM and lays it out as it would be installed. Usage: Deploy/build.sh [release|debug]
#
#   <tree>/bin/                       camd, camctl, cam-bench, cam-sim, digest-agent, and cam-sandbox, which starts drivers
#   <tree>/libexec/cam/drivers/NAME/  driver.json5 and the driver's program
#   <tree>/share/cam/policies/        common and one folder for each preset, with their tests
#
# The tree is .build/cam for release and .build/cam-debug for debug. Programs find the rest of it from where they are.
# A release carries Swift's libraries in its programs, so that it runs where Swift is not installed.
# CAM_SWIFT_FLAGS: more flags for swift build, for example "-Xswiftc -warnings-as-errors".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

configuration=${1:-release}
case $configuration in
    # lld comes with Swift; the default linker repeats a warning of glibc about a function inside Foundation.
    release) tree=.build/cam flags=(-c release --static-swift-stdlib -Xswiftc -use-ld=lld) ;;
    debug) tree=.build/cam-debug flags=(-c debug) ;;
    *) die "unknown configuration $configuration; usage: Deploy/build.sh [release|debug]" ;;
esac
read -ra more_flags <<< "${CAM_SWIFT_FLAGS:-}"
flags+=("${more_flags[@]}")

check_swift() {
    local version
    command -v swift > /dev/null || die "Swift is not installed; see https://www.swift.org/install/linux"
    version=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')
    [[ $version =~ ^([0-9]+)\.([0-9]+)$ ]] || die "'swift --version' does not say which version it is"
    ((BASH_REMATCH[1] > 6 || (BASH_REMATCH[1] == 6 && BASH_REMATCH[2] >= 3))) \
        || die "Swift $version is too old; CAM needs 6.3 or newer"
}

# The launcher is C, and static: it must work inside an empty root folder. Beside the Swift programs, where tests find it.
build_launcher() {
    ${CC:-cc} -std=gnu11 -O2 -static -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror \
        -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -Wl,-z,noexecstack \
        Sources/Programs/cam-sandbox/*.c -o "$binaries/cam-sandbox.new"
    mv "$binaries/cam-sandbox.new" "$binaries/cam-sandbox"
}

# Laid out beside the old tree and then put in its place, so that nothing of an earlier build is left in it.
lay_out_tree() {
    local new=$tree.new manifest name program policy
    rm -rf "$new"
    mkdir -p "$new/bin" "$new/libexec/cam/drivers"
    for program in camd camctl cam-bench cam-sim cam-sandbox digest-agent; do
        install -m 755 "$binaries/$program" "$new/bin/$program"
    done
    for manifest in Sources/Drivers/*/driver.json5; do
        name=$(basename "$(dirname "$manifest")")
        install -D -m 644 "$manifest" "$new/libexec/cam/drivers/$name/driver.json5"
        install -m 755 "$binaries/$name" "$new/libexec/cam/drivers/$name/$name"
    done
    for policy in Policies/*/*.rego; do
        install -D -m 644 "$policy" "$new/share/cam/policies/${policy#Policies/}"
    done
    rm -rf "$tree"
    mv "$new" "$tree"
}

check_swift
[[ ! -e .build || -w .build ]] || die "the folder .build belongs to another user; remove it, or build as that user"
swift build "${flags[@]}"
binaries=$(swift build "${flags[@]}" --show-bin-path)
build_launcher
lay_out_tree
say "Built: $tree"
