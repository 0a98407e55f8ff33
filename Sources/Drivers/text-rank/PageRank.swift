// PageRank over a weighted graph.

/// S. Brin and L. Page, "The anatomy of a large-scale hypertextual web search engine", 1998, in the weighted form of
/// R. Mihalcea and P. Tarau, "TextRank: bringing order into texts", EMNLP 2004, equation 2, scaled so that ranks sum to 1:
///
///     rank(i) = (1 − d)/N + d · ( Σ_j w(j,i) / strength(j) · rank(j)  +  (rank of vertices without an edge)/N )
enum PageRank {
    static let damping = 0.85
    /// The paper stops at a change of 0.0001 a vertex; this is of the whole vector.
    static let tolerance = 1e-9
    static let iterationsMax = 200

    /// One rank for each vertex, each > 0, together 1. Empty for an empty graph.
    static func ranks(of graph: WeightedGraph) -> [Double] {
        let count = graph.count
        guard count > 0 else { return [] }
        let strengths = (0..<count).map { graph.strength(of: $0) }
        var ranks = [Double](repeating: 1 / Double(count), count: count)
        var shares = ranks
        for _ in 0..<iterationsMax {
            var loose = 0.0
            for vertex in 0..<count {
                if strengths[vertex] > 0 {
                    shares[vertex] = ranks[vertex] / strengths[vertex]
                } else {
                    shares[vertex] = 0
                    loose += ranks[vertex]
                }
            }
            let base = (1 - damping + damping * loose) / Double(count)
            let change = step(graph, shares: shares, base: base, ranks: &ranks)
            if change < tolerance { break }
        }
        return ranks
    }

    /// Writes the next ranks over the old ones and returns the sum of the changes.
    private static func step(_ graph: WeightedGraph, shares: [Double], base: Double, ranks: inout [Double]) -> Double {
        var change = 0.0
        for vertex in 0..<graph.count {
            var sum = 0.0
            for index in graph.rowStarts[vertex]..<graph.rowStarts[vertex + 1] {
                sum += graph.weights[index] * shares[Int(graph.neighbours[index])]
            }
            let next = base + damping * sum
            change += (next - ranks[vertex]).magnitude
            ranks[vertex] = next
        }
        return change
    }
}
