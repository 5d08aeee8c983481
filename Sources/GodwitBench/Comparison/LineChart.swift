/// Lines over two logarithmic axes, with their names at their ends.
struct LineChart {
    enum Style: String { case plain, dashed, emphasised }

    struct Line {
        let name: String
        let points: [(x: Double, y: Double)]
        let style: Style
    }

    let lines: [Line]

    private static let (left, top, right, bottom) = (44.0, 10.0, 270.0, 220.0)

    var svg: String {
        let points = lines.flatMap(\.points).filter { $0.x > 0 && $0.y > 0 }
        guard let lowX = points.map(\.x).min(), let highX = points.map(\.x).max(), let lowY = points.map(\.y).min(),
            let highY = points.map(\.y).max()
        else { return "<svg viewBox=\"0 0 380 40\"><text x=\"0\" y=\"20\">nothing was measured</text></svg>" }
        let (fromX, toX) = (Self.log10(lowX), max(Self.log10(highX), Self.log10(lowX) + 0.01))
        let (fromY, toY) = (Self.log10(lowY).rounded(.down), Self.log10(highY).rounded(.up))
        func x(_ value: Double) -> Double { Self.left + (Self.log10(value) - fromX) / (toX - fromX) * (Self.right - Self.left) }
        func y(_ value: Double) -> Double {
            Self.bottom - (Self.log10(value) - fromY) / max(1, toY - fromY) * (Self.bottom - Self.top)
        }
        var parts: [String] = []
        for power in Int(fromY)...max(Int(fromY), Int(toY)) {
            let value = Self.power(power)
            let text = value >= 1 ? "\(Int(value))" : Fixed(value, places: -power).description
            parts.append("<line class=\"axis\" x1=\"44\" x2=\"270\" y1=\"\(Fixed(y(value)))\" y2=\"\(Fixed(y(value)))\"/>")
            parts.append("<text class=\"small\" x=\"38\" y=\"\(Fixed(y(value) + 4))\" text-anchor=\"end\">\(text)</text>")
        }
        for value in Set(points.map(\.x)).sorted() {
            parts.append("<text class=\"small\" x=\"\(Fixed(x(value)))\" y=\"238\" text-anchor=\"middle\">\(Int(value))</text>")
        }
        var labels: [(name: String, y: Double)] = []
        for line in lines {
            let drawn = line.points.filter { $0.x > 0 && $0.y > 0 }
            guard let last = drawn.last else { continue }
            let path = drawn.map { "\(Fixed(x($0.x))),\(Fixed(y($0.y)))" }.joined(separator: " ")
            let name = line.style == .emphasised ? "push" : line.style.rawValue
            parts.append("<polyline class=\"curve \(name)\" points=\"\(path)\"/>")
            labels.append((line.name, y(last.y)))
        }
        // Names that would lie on one another move down.
        var free = 0.0
        for label in labels.sorted(by: { $0.y < $1.y }) {
            let place = max(label.y + 4, free)
            parts.append("<text class=\"small\" x=\"276\" y=\"\(Fixed(place))\">\(ComparisonReport.escape(label.name))</text>")
            free = place + 13
        }
        return "<svg viewBox=\"0 0 380 256\" role=\"img\" aria-label=\"Server CPU by number of clients\">\(parts.joined())"
            + "<text class=\"small\" x=\"157\" y=\"250\" text-anchor=\"middle\">clients</text></svg>"
    }

    static func power(_ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<abs(exponent) { value *= 10 }
        return exponent < 0 ? 1 / value : value
    }

    /// Good for a drawing: a part in a thousand.
    static func log10(_ value: Double) -> Double {
        guard value > 0 else { return -12 }
        var (rest, whole) = (value, 0.0)
        while rest >= 10 { (rest, whole) = (rest / 10, whole + 1) }
        while rest < 1 { (rest, whole) = (rest * 10, whole - 1) }
        var (fraction, step) = (0.0, 0.5)
        for _ in 0..<12 {
            rest *= rest
            if rest >= 10 {
                rest /= 10
                fraction += step
            }
            step /= 2
        }
        return whole + fraction
    }
}
