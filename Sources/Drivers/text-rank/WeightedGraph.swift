// An undirected graph with weights, in compressed rows.

/// Vertices 0 ..< count. Every edge stands in the rows of both its ends, in the order of the other end's number, so that sums
/// over a row come out the same on every run.
struct WeightedGraph: Sendable {
    private(set) var rowStarts: [Int]
    private(set) var neighbours: [Int32]
    private(set) var weights: [Double]

    var count: Int { rowStarts.count - 1 }

    /// `edges` in any order, no edge twice, no edge from a vertex to itself, weights > 0 and finite.
    init(vertexCount: Int, edges: [(a: Int, b: Int, weight: Double)]) {
        rowStarts = [Int](repeating: 0, count: vertexCount + 1)
        for edge in edges {
            precondition(edge.a != edge.b && edge.weight > 0 && edge.weight.isFinite, "bad edge \(edge)")
            rowStarts[edge.a + 1] += 1
            rowStarts[edge.b + 1] += 1
        }
        for vertex in 0..<vertexCount { rowStarts[vertex + 1] += rowStarts[vertex] }
        var filled = Array(rowStarts.dropLast())
        neighbours = [Int32](repeating: 0, count: edges.count * 2)
        weights = [Double](repeating: 0, count: edges.count * 2)
        for edge in edges.sorted(by: { ($0.a, $0.b) < ($1.a, $1.b) }) {
            for (from, to) in [(edge.a, edge.b), (edge.b, edge.a)] {
                neighbours[filled[from]] = Int32(to)
                weights[filled[from]] = edge.weight
                filled[from] += 1
            }
        }
    }

    /// The sum of the weights at a vertex.
    func strength(of vertex: Int) -> Double {
        var sum = 0.0
        for index in rowStarts[vertex]..<rowStarts[vertex + 1] { sum += weights[index] }
        return sum
    }
}
