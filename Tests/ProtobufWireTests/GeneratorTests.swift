// Goal: the committed types are what the generator makes of the .proto files, and what it cannot make it refuses with a
// sentence that names the place. Method: protoc with the built plugin, in a temporary folder.

import Foundation
import Testing

@Suite(.enabled(if: Tool.protoc != nil, "protoc is not installed"))
struct GeneratorTests {
    @Test func committedTypesAreWhatTheGeneratorWrites() throws {
        try withTemporaryFolder { folder in
            let outcome = try Tool.run(
                "/usr/bin/env",
                ["bash", Tool.repository.appendingPathComponent("Deploy/generate.sh").path, folder.path],
                environment: ["CAM_PLUGIN": Tool.plugin])
            try #require(outcome.status == 0, "\(outcome.output)")
            for path in ["Sources/ABI/Generated", "Tests/ProtobufWireTests/Generated"] {
                let fresh = try contents(of: folder.appendingPathComponent(path))
                let committed = try contents(of: Tool.repository.appendingPathComponent(path))
                #expect(!fresh.isEmpty)
                #expect(fresh.keys.sorted() == committed.keys.sorted(), "run Deploy/generate.sh and commit \(path)")
                for (name, bytes) in fresh {
                    #expect(committed[name] == bytes, "\(path)/\(name) is stale; run Deploy/generate.sh and commit")
                }
            }
        }
    }

    @Test(arguments: [
        ("message M { map<string, string> m = 1; }", ".a.M.MEntry: map fields are not supported"),
        ("message M { N n = 1; } message N { repeated M m = 1; }", "is recursive (.a.M → .a.N → .a.M)"),
        ("message M { M m = 1; }", "is recursive (.a.M → .a.M)"),
        ("message M { float f = 1; }", ".a.M.f: type number 2 is not supported"),
        ("message M { fixed64 f = 1; }", ".a.M.f: type number 6 is not supported"),
        ("message M { repeated int32 x = 1 [packed = false]; }", ".a.M.x: [packed = false] is not supported"),
        ("message M { bool self = 1; }", ".a.M.self: Swift cannot name a property so"),
        ("message Text { bool x = 1; }", ".a.Text: the name is needed by generated code"),
        ("message M { message N { message M { bool x = 1; } } }", ".a.M.N.M: has the name of a message around it"),
        ("enum E { E_A = 0; B = 1; }", ".a.E.B: must begin with E_"),
        ("enum E { option allow_alias = true; E_A = 0; E_B = 0; }", ".a.E.E_B: aliases are not supported"),
        ("service S {}", "services and extensions are not supported"),
    ])
    func whatItCannotMakeItRefuses(definition: String, complaint: String) throws {
        let outcome = try generate("syntax = \"proto3\"; package a; \(definition)")
        #expect(outcome.status != 0)
        #expect(outcome.output.contains(complaint), "\(outcome.output)")
    }

    @Test func proto2IsRefused() throws {
        let outcome = try generate("syntax = \"proto2\"; package a; message M { optional group G = 1 {} }")
        #expect(outcome.status != 0)
        #expect(outcome.output.contains("t.proto: syntax: is not proto3"), "\(outcome.output)")
    }

    @Test func anUnknownParameterIsRefused() throws {
        let outcome = try generate("syntax = \"proto3\"; package a;", parameter: "colour")
        #expect(outcome.status != 0)
        #expect(outcome.output.contains("colour: is no parameter of protoc-gen-cam"), "\(outcome.output)")
    }

    // MARK: Running protoc

    private func generate(_ proto: String, parameter: String = "") throws -> Tool.Outcome {
        try withTemporaryFolder { folder in
            try Data(proto.utf8).write(to: folder.appendingPathComponent("t.proto"))
            return try Tool.run(
                try #require(Tool.protoc),
                [
                    "--plugin=protoc-gen-cam=\(Tool.plugin)", "-I", folder.path,
                    "--cam_out=\(parameter):\(folder.path)",
                    "t.proto",
                ])
        }
    }

    private func contents(of folder: URL) throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.reduce(into: [:]) { $0[$1] = try Data(contentsOf: folder.appendingPathComponent($1)) }
    }
}
