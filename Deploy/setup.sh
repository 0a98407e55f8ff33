#!/usr/bin/env bash
# Installs what is missing to build and run CAM; with --tests, what its tests need as well.
# Where nothing is missing it changes nothing, asks nobody, and needs no network.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

packages=(g++ libc6-dev libsodium-dev libssl-dev libseccomp-dev libhiredis-dev libre2-dev libyaml-dev tzdata redis-server)
test_packages=(protobuf-compiler python3 redis-tools)
# The Python protobuf that judges ProtobufWire; message_factory.GetMessageClass is what the oracle uses of it.
python_protobuf='protobuf>=5.26,<8'
venv=.build/venv

with_tests=false
case "${1:-}" in
    '') ;;
    --tests) with_tests=true ;;
    *) die "unknown argument $1; usage: Deploy/setup.sh [--tests]" ;;
esac

installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2> /dev/null) == installed ]]; }

# Installs those of the named packages that are missing.
require() {
    local missing=() package as_root=()
    if ! command -v dpkg-query > /dev/null; then
        say "This is not a Debian: make sure that these packages' likes are installed: $*"
        return
    fi
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        command -v sudo > /dev/null || die "these packages are missing: ${missing[*]}. As root: apt-get install ${missing[*]}"
        say "These packages are missing: ${missing[*]}. sudo may ask for your password to install them."
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${missing[@]}" \
        > /dev/null
}

# A Python of the tests' own, so that nothing is installed into the system's.
require_python_protobuf() {
    local python=python3
    if "$venv/bin/python3" -c 'import google.protobuf.message_factory' 2> /dev/null; then return; fi
    if ! python3 -c 'import ensurepip, venv' 2> /dev/null; then
        require python3-venv
        python=/usr/bin/python3
    fi
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    if ! { "$python" -m venv "$venv" && "$venv/bin/python3" -m pip install --quiet --disable-pip-version-check \
        "$python_protobuf"; }; then
        say "Python's protobuf could not be installed; the tests that compare with it will be skipped." >&2
    fi
}

require "${packages[@]}"
if $with_tests; then
    require "${test_packages[@]}"
    require_python_protobuf
fi
