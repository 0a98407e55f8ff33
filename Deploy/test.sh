#!/usr/bin/env bash
# Sets the machine up and runs every test: those of the parts against a debug build, whose camd then sees each of its
# system calls fail; then those with real processes against a release as it would be installed; then a minute of fuzzing.
# The whole output is kept in .build/test-logs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

logs=.build/test-logs
# Warnings are errors here, and only here: a newer Swift that warns of more must not keep anyone from building.
strict='-Xswiftc -warnings-as-errors'
read -ra strict_flags <<< "$strict"

# Runs swift test with the arguments after the name of the log. Fails where a test does, or where none was found.
run_tests() {
    local log=$logs/$1.log status=0 count
    shift
    swift test --skip-build "${strict_flags[@]}" "$@" > "$log" 2>&1 || status=$?
    # One line for each test that passed says little; what is left is failures, reasons for skips, and the sum.
    grep -vE '^(◇|✔) (Test|Suite) .*(started|passed)|^Test (Suite|Case)|^\[[0-9]+/[0-9]+\]' "$log" || true
    ((status == 0)) || die "tests failed; all their output is in $log"
    count=$(sed -nE 's/.*Test run with ([0-9]+) tests? .*passed.*/\1/p' "$log")
    ((${count:-0} > 0)) || die "no tests were run; the output is in $log"
}

./Deploy/setup.sh --tests
mkdir -p "$logs"

say "Debug build"
CAM_SWIFT_FLAGS=$strict ./Deploy/build.sh debug
swift build --build-tests "${strict_flags[@]}"
say "Tests of the parts"
run_tests parts --skip 'EndToEndTests|SimulationTests|FuzzTests|Rego'
# Apart, because they keep every processor busy, and others have time limits.
run_tests simulations --filter 'SimulationTests|FuzzTests'
run_tests rego --filter 'RegoTests|RegoConformance'
# Only a debug build can be told to fail its own system calls.
say "Every system call of camd fails once"
CAM_TREE=$PWD/.build/cam-debug run_tests faults --filter FaultSweeps

say "Release build"
./Deploy/build.sh release
say "Release build of the simulator with planted bugs"
CAM_PLANTED=1 swift build -c release --product cam-sim --scratch-path .build/planted "${strict_flags[@]}"
say "Tests in simulated worlds"
CAM_TREE=$PWD/.build/cam CAM_PLANTED_SIM=$PWD/.build/planted/release/cam-sim \
    run_tests worlds --filter 'SimulatorProgramTests|PlantedBugTests'
say "Tests with real processes"
CAM_TREE=$PWD/.build/cam run_tests processes --filter EndToEndTests
say "100,000 generated policies"
swift build -c release --product rego-properties "${strict_flags[@]}"
.build/release/rego-properties 100000 > "$logs/properties.log" 2>&1 || {
    tail -n 60 "$logs/properties.log"
    die "the evaluator answers otherwise than a naive one; all the output is in $logs/properties.log"
}
tail -n 1 "$logs/properties.log"
say "A minute of fuzzing"
# From nothing but the seeds, so that a run does not take longer for those before it.
corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
CAM_FUZZ_CORPUS=$corpus ./Deploy/fuzz.sh 60 > "$logs/fuzzing.log" 2>&1 || {
    tail -n 40 "$logs/fuzzing.log"
    die "the fuzzer found something, or was not built; all its output is in $logs/fuzzing.log"
}
say "All tests passed."
