#!/usr/bin/env bash
# Writes the Swift types of the ABI from Proto/cam/v1, and the table of all messages that the codec's tests use.
# Usage: Deploy/generate.sh [OUTPUT_FOLDER]   (the repository by default; the drift test gives a folder of its own)
# CAM_PLUGIN names a built protoc-gen-cam; without it a debug build makes one.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v protoc > /dev/null || {
    echo "generate.sh: protoc is missing; on Debian: apt-get install protobuf-compiler" >&2
    exit 1
}
plugin=${CAM_PLUGIN:-}
if [[ -z $plugin ]]; then
    swift build --product protoc-gen-cam
    plugin="$(swift build --show-bin-path)/protoc-gen-cam"
fi

output=${1:-.}
types="$output/Sources/ABI/Generated"
registry="$output/Tests/ProtobufWireTests/Generated"
mkdir -p "$types" "$registry"
rm -f "$types"/*.cam.swift "$registry"/*.cam.swift
protoc --plugin=protoc-gen-cam="$plugin" -IProto --cam_out="$types" Proto/cam/v1/*.proto
protoc --plugin=protoc-gen-cam="$plugin" -IProto --cam_out="$registry" --cam_opt=registry Proto/cam/v1/*.proto
