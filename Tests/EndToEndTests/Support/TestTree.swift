// The installed tree under test, and the test driver that was built beside it.

import Fixtures
import Linux
import Testing

enum TestTree {
    static let reason: Comment =
        "CAM_TREE does not name a tree that Deploy/build.sh has made, with test-driver built beside it"

    static let debugReason: Comment =
        "CAM_TREE does not name a debug tree (Deploy/build.sh debug; CAM_TREE=.build/cam-debug): a release cannot fail its calls"

    static var isDebug: Bool { isThere && CamdProcess.tree?.hasSuffix("-debug") == true }

    static var isThere: Bool { CamdProcess.tree != nil && driver != nil }

    /// The test driver as it was built for the tree: `.build/cam` has the release's, `.build/cam-debug` the debug build's.
    static let driver: String? = CamdProcess.tree.flatMap { tree in
        let build = Directory.parent(of: tree)
        let configuration = tree.hasSuffix("-debug") ? "debug" : "release"
        let path = "\(build)/\(configuration)/test-driver"
        return File.isExecutable(path) ? path : nil
    }

    static func require() throws -> (tree: String, driver: String) {
        (try #require(CamdProcess.tree), try #require(driver))
    }
}
