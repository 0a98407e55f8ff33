// The fuzzer: libFuzzer with FuzzTarget as what it calls. `cam-fuzz --seeds FOLDER` writes what to begin with;
// `cam-fuzz --story FILE` tells step by step what an input does.

import CLibFuzzer
import FuzzTarget
import Linux

func writeSeeds(_ folder: String) {
    let seeds = FuzzSeeds.all.enumerated().map { ("\(folder)/seed-\($0)", $1) }
    for (path, seed) in seeds + [("\(folder).dictionary", Array(FuzzSeeds.dictionary.utf8))] {
        do throws(Errno) {
            try File.replace(path, with: seed)
        } catch {
            fatalError("\(path): \(error)")
        }
    }
}

/// Unbuffered: the last line before a trap is the one that counts.
@Sendable func say(_ line: String) {
    do throws(Errno) {
        try File.writeAll(1, Array("\(line)\n".utf8))
    } catch {
        fatalError("\(error)")
    }
}

func tell(_ path: String) {
    do {
        try FuzzTarget.run(File.readAll(path, limit: 1 << 24), story: say)
        say("nothing was found")
    } catch {
        say("\(path): \(error)")
    }
}

func fuzz() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    // It ends the process by itself.
    _ = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
        do throws(FuzzFinding) {
            try FuzzTarget.run(UnsafeRawBufferPointer(start: bytes, count: count))
        } catch {
            fatalError("\(error)")
        }
        return 0
    }
}

let words = CommandLine.arguments
switch (words.count, words.dropFirst().first) {
case (3, "--seeds"): writeSeeds(words[2])
case (3, "--story"): tell(words[2])
default: fuzz()
}
