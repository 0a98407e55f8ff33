// Finds what somebody meant who mistyped a name.

public enum NearestName {
    /// The candidate nearest to a name, if one is near enough that it was probably meant: at most one mistake in
    /// three characters, and no more than `mistakesMax`. Of equally near ones the first.
    public static func of(_ name: String, among candidates: [String], mistakesMax: Int = .max) -> String? {
        let limit = min(mistakesMax, max(1, name.count / 3))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(name, candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one text the other: the optimal string
    /// alignment distance (G. Navarro, "A guided tour to approximate string matching", ACM Computing Surveys 33, 2001).
    public static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var cost = min(last[column + 1], current[column]) + 1
                cost = min(cost, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
