#!/usr/bin/env bash
# The main job from beginning to end: builds CAM, starts camd with its private Redis, lets digest-agent read a folder of
# documents and explain itself, and stops what it started. Usage: Deploy/demo.sh [FOLDER]
# CAM_STATE_DIR is where camd keeps its state (default .build/demo-state): a second run finds the results of the first.
set -euo pipefail
here=$PWD
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "$0")/common.sh"

(($# <= 1)) || die "usage: Deploy/demo.sh [FOLDER]"
folder=()
if (($# == 1)); then
    # As the caller wrote it: relative to where the caller was.
    folder=("$(cd "$here" && realpath -e -- "$1")") || die "there is no folder $1"
    [[ -d ${folder[0]} ]] || die "$1 is not a folder"
fi
seconds_to_start=30
seconds_to_stop=10
camd_pid=
runtime=

# Ends camd, which ends its drivers and its Redis, and leaves only the state folder behind; whatever happened before.
stop() {
    local status=$? tenths
    trap - EXIT
    if [[ -n $camd_pid ]] && kill -TERM "$camd_pid" 2> /dev/null; then
        for ((tenths = 0; tenths < seconds_to_stop * 10; tenths++)); do
            kill -0 "$camd_pid" 2> /dev/null || break
            sleep 0.1
        done
        kill -KILL "$camd_pid" 2> /dev/null || true
        wait "$camd_pid" 2> /dev/null || true
        say "camd and all that it started have stopped."
    fi
    [[ -z $runtime ]] || rm -rf "$runtime"
    exit "$status"
}

wait_until_ready() {
    local tenths
    for ((tenths = 0; tenths < seconds_to_start * 10; tenths++)); do
        if grep -q 'event=ready' "$log"; then return; fi
        if ! kill -0 "$camd_pid" 2> /dev/null; then
            tail -n 20 "$log" >&2
            die "camd ended instead of starting; its last lines are above"
        fi
        sleep 0.1
    done
    tail -n 20 "$log" >&2
    die "camd was not ready after $seconds_to_start s; its last lines are above"
}

./Deploy/setup.sh
./Deploy/build.sh release

: "${CAM_STATE_DIR:=$PWD/.build/demo-state}"
(umask 077 && mkdir -p "$CAM_STATE_DIR")
CAM_STATE_DIR=$(realpath "$CAM_STATE_DIR")
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Sockets have short names: 107 bytes for the whole path.
runtime=$(mktemp -d /tmp/cam-demo.XXXXXX)
log=$CAM_STATE_DIR/camd.log
export CAM_STATE_DIR CAM_RUNTIME_DIR=$runtime CAM_SOCKET=$runtime/cam.sock CAM_ADMIN_SOCKET=$runtime/admin.sock

: > "$log"
.build/cam/bin/camd 2>> "$log" &
camd_pid=$!
wait_until_ready
say "camd is ready: state in $CAM_STATE_DIR, log in $log"
.build/cam/bin/digest-agent "${folder[@]}"
