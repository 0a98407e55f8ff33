#!/usr/bin/env bash
# Attacks everything that takes bytes from outside, a whole kernel among it, with libFuzzer, which comes with Swift.
#
#   Deploy/fuzz.sh [SECONDS]             until it finds something, ^C, or the time is over; what it learns is kept
#   Deploy/fuzz.sh --story FILE          tells step by step what an input does
#   Deploy/fuzz.sh --keep FILE NAME TEXT shortens what was found and keeps it as a test, with one line on what it was
#
# What it finds is in .build/fuzz/found, what it has learned in .build/fuzz/corpus, or the folder CAM_FUZZ_CORPUS.
# CAM_FUZZ_ADDRESS=1: with the address sanitizer, which sees reads beyond a buffer and takes twice the time.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

scratch=.build/fuzz sanitizers=fuzzer
if [[ -n ${CAM_FUZZ_ADDRESS:-} ]]; then scratch=.build/fuzz-address sanitizers=fuzzer,address; fi
fuzzer=$scratch/release/cam-fuzz
found=.build/fuzz/found corpus=${CAM_FUZZ_CORPUS:-.build/fuzz/corpus} seeds=.build/fuzz/seeds
mkdir -p "$found" "$corpus" "$seeds"

# Swift's own report of a crash would come before libFuzzer can write down the input.
export SWIFT_BACKTRACE=enable=no
# Swift keeps what it once allocated; that is no leak.
export ASAN_OPTIONS=detect_leaks=0

build() {
    # The default linker cannot read what the sanitizers' libraries say of their lines.
    CAM_FUZZ=1 swift build -c release --product cam-fuzz --scratch-path "$scratch" \
        -Xswiftc -sanitize="$sanitizers" -Xswiftc -use-ld=lld
}

fuzz() {
    local log=$scratch/fuzz.log status=0
    "$fuzzer" --seeds "$seeds"
    say "Fuzzing; what is found goes to $found"
    "$fuzzer" -max_total_time="$1" -max_len=4096 -len_control=20 -timeout=20 -verbosity="${2:-1}" \
        -print_final_stats=1 -dict="$seeds.dictionary" -artifact_prefix="$found/" "$corpus" "$seeds" > >(tee "$log") 2>&1 || status=$?
    ((status == 0)) || die "something was found:
    Deploy/fuzz.sh --story FILE            what happens there; FILE is named above
    Deploy/fuzz.sh --keep FILE NAME TEXT   keeps it as a test; then make swift test --filter FuzzTests pass"
}

keep() {
    local file=$1 case=Tests/FuzzTests/Cases/$2.hex short
    short=$(mktemp)
    cp "$file" "$short"
    # It ends with a status of its own when it cannot be made any shorter.
    "$fuzzer" -minimize_crash=1 -max_total_time=30 -timeout=20 -exact_artifact_path="$short" "$file" > /dev/null 2>&1 || true
    {
        printf '# %s\n' "$3"
        od -An -v -tx1 "$short" | tr -d ' '
    } > "$case"
    rm "$short"
    say "Kept as $case"
}

build
case "${1:-}" in
    --story) "$fuzzer" --story "${2:?FILE}" ;;
    --keep) keep "${2:?FILE}" "${3:?NAME}" "${4:?TEXT}" ;;
    *) fuzz "${1:-0}" ;;
esac
