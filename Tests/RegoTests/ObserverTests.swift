// Goal: who watches an evaluation sees what ran, and the answer is the same as without. Method: small policies, and the
// lines and events that they must give.

import Rego
import Testing

private let text = """
    package a

    default allow := false

    allow if {
    \tinput.x == 1
    \tsome y in input.ys
    \ty > 5
    }

    allow if helper(input.x)

    else := false if input.z

    helper(x) if x == 7
    """

@Suite struct ObserverTests {
    private let policy: CompiledPolicy
    private let query: PreparedQuery

    init() throws {
        policy = try CompiledPolicy(modules: [Module(parsing: text, file: "a.rego")])
        query = try policy.prepare(entry: "data.a.allow")
    }

    private func run(_ input: Value, _ observer: Observer) {
        let watched = query.evaluate(input: input, observer: observer)
        let unwatched = query.evaluate(input: input)
        #expect(watched.value == unwatched.value)
    }

    @Test func coverageGrowsWithWhatIsRun() {
        let observer = Observer()
        #expect(Coverage(of: policy, by: observer).share == 0)
        run(["x": .int(2)], observer)
        let first = Coverage(of: policy, by: observer).files[0]
        #expect(first.name == "a.rego")
        #expect(first.covered == [3...3, 6...6])
        #expect(first.uncovered == [5...5, 7...8, 11...11, 13...13, 15...15])
        run(["x": .int(7)], observer)
        #expect(Coverage(of: policy, by: observer).files[0].uncovered == [5...5, 7...8, 13...13])
        run(["x": .int(1), "ys": .array([.int(3), .int(9)])], observer)
        run(["x": .int(2), "z": .bool(true)], observer)
        let whole = Coverage(of: policy, by: observer)
        #expect(whole.files[0].covered == [3...3, 5...8, 11...11, 13...13, 15...15])
        #expect(whole.share == 1)
        #expect(whole.filter { $0 != "a.rego" }.files.isEmpty)
    }

    @Test func aTraceShowsEveryLiteralAndWhatFailed() {
        let observer = Observer(eventsMax: 100)
        run(["x": .int(1), "ys": .array([.int(3), .int(9)])], observer)
        let lines = observer.events.filter { $0.location.file == "a.rego" }.map {
            "\($0.depth) \($0.kind.rawValue) \($0.location.line) \($0.text.prefix(17))"
        }
        #expect(
            lines.prefix(7) == [
                "2 enter 5 allow if { input.", "2 eval 6 input.x == 1", "2 eval 7 some y in input.y", "2 eval 8 y > 5",
                "2 fail 8 y > 5", "2 eval 8 y > 5", "2 exit 5 allow if { input.",
            ])
        #expect(lines.contains("3 fail 15 x == 7"))
        #expect(lines.last == "2 fail 13 else := false if ")
    }

    @Test func aTraceIsBounded() {
        let observer = Observer(eventsMax: 3)
        run(["x": .int(1), "ys": .array([.int(3), .int(9)])], observer)
        #expect(observer.events.count == 3)
        #expect(observer.eventsOmitted > 3)
    }
}
