/// The report as one HTML file: no script, nothing from elsewhere, light and dark, wide and narrow.
extension ComparisonReport {
    package var html: String {
        let most = rows.map(\.clients).max() ?? 0
        let largest = rows.filter { $0.clients == most && $0.method != .nobody }
        let bars = [
            (
                "Requests per event", "A webhook needs one; polling asks whether or not anything happened.",
                largest.map { ($0, $0.requestsPerEvent, 2, "") }
            ),
            ("Requests in vain", "Share of requests that brought no event.", largest.map { ($0, $0.wastedPercent, 1, " %") }),
            (
                "Delay, half of the events", "From publishing to the client.",
                largest.map { ($0, $0.p50.map { $0 / 1000 }, 1, " ms") }
            ),
            (
                "Delay, 99 of 100 events", "The slowest one in a hundred.",
                largest.map { ($0, $0.p99.map { $0 / 1000 }, 1, " ms") }
            ),
            (
                "Bytes per event", "Requests and answers, heads and bodies.",
                largest.map { ($0, $0.bytesPerEvent.map { $0 / 1000 }, 1, " kB") }
            ),
        ].map {
            Self.figure(
                $0, $1 + " \(most) clients.",
                BarChart(
                    bars: $2.map { row, value, places, unit in
                        BarChart.Bar(
                            name: row.method.name + (row.isCalculated ? " *" : ""), value: value ?? 0,
                            text: (Fixed(value, places: places)?.description ?? "–") + unit, isEmphasised: row.method == .push)
                    }
                ).svg)
        }
        let growth = Self.figure(
            "Server CPU as clients grow",
            "Seconds of CPU in a minute, both axes logarithmic; the dashed line is what the events alone cost.",
            LineChart(
                lines: methods.map { method in
                    LineChart.Line(
                        name: method.name,
                        points: rows.filter { $0.method == method }.map { (Double($0.clients), $0.cpuPerMinute) },
                        style: method == .push ? .emphasised : method == .nobody ? .dashed : .plain)
                }
            ).svg)
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>Webhook or polling</title><style>\(Self.style)</style></head><body><main>
            <h1>Webhook or polling</h1>
            <p>\(Self.escape(machine)). Each client has \(Fixed(eventsPerMinute)) events a minute. <code>\(Self.escape(commandLine))</code></p>
            <div class="grid">\(([bars[0], bars[1], bars[2], bars[3]] + [growth, bars[4]]).joined())</div>
            \(htmlTable)
            \(rows.contains(where: \.isCalculated) ? "<p>\(Self.escape(Self.calculatedNote))</p>" : "")
            \(notes.map { "<p>\(Self.escape($0))</p>" }.joined())
            </main></body></html>

            """
    }

    private var methods: [ComparisonMethod] {
        rows.map(\.method).reduce(into: []) { methods, method in if !methods.contains(method) { methods.append(method) } }
    }

    private var htmlTable: String {
        let columns = ["", "clients", "requests per event", "in vain %", "p50 ms", "p99 ms", "CPU s per min", "kB per event"]
        let body = rows.map { row in
            let isClient = row.method != .nobody
            let cells = [
                row.requestsPerEvent.map { Fixed($0, places: 2) }, row.wastedPercent.map { Fixed($0) },
                row.p50.map { Fixed($0 / 1000) }, row.p99.map { Fixed($0 / 1000) },
            ].map { isClient ? $0?.description ?? "–" : "–" }
            let bytes = isClient ? row.bytesPerEvent.map { Fixed($0 / 1000, places: 2).description } ?? "–" : "–"
            let all = [ReportText.grouped(row.clients)] + cells + [Fixed(row.cpuPerMinute, places: 2).description, bytes]
            return "<tr><th>\(row.method.name)\(row.isCalculated ? " *" : "")</th>"
                + all.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table><thead><tr>\(columns.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>"
            + body.joined() + "</tbody></table></div>"
    }

    private static func figure(_ title: String, _ text: String, _ svg: String) -> String {
        "<figure><figcaption><b>\(title)</b><br>\(text)</figcaption>\(svg)</figure>"
    }

    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;")
    }

    private static let style = """
        :root{color-scheme:light dark;--back:#fff;--text:#1f2328;--dim:#59636e;--line:#d1d9e0;--bar:#7aa7d9;--push:#d9480f}
        @media(prefers-color-scheme:dark){:root{--back:#0d1117;--text:#e6edf3;--dim:#9198a1;--line:#3d444d;--bar:#4a7fb5;--push:#ff922b}}
        body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
        main{max-width:1000px;margin:0 auto;padding:16px}code{overflow-wrap:anywhere;font-size:14px}
        .grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px}
        figure{margin:0;border:1px solid var(--line);border-radius:8px;padding:12px}figcaption{color:var(--dim);font-size:14px}
        figcaption b{color:var(--text);font-size:16px}svg{width:100%;height:auto;display:block;margin-top:8px}
        svg text{fill:var(--text);font:13px system-ui,sans-serif}svg .bar{fill:var(--bar)}svg .push{fill:var(--push)}
        svg .curve{stroke:var(--bar);fill:none;stroke-width:2}svg .curve.push{stroke:var(--push);fill:none;stroke-width:3}
        svg .curve.dashed{stroke:var(--dim);stroke-dasharray:4 4}svg .axis{stroke:var(--line)}svg .small{font-size:11px;fill:var(--dim)}
        .wide{overflow-x:auto;margin-top:16px}table{border-collapse:collapse;width:100%;font-size:14px}
        th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}th:first-child{text-align:left}
        """
}

/// Horizontal bars; the longest is the greatest value.
struct BarChart {
    struct Bar {
        let name: String
        let value: Double
        let text: String
        let isEmphasised: Bool
    }

    let bars: [Bar]

    var svg: String {
        let greatest = bars.map(\.value).max() ?? 0
        let rows = bars.enumerated().map { index, bar in
            let y = index * 28
            let width = greatest > 0 ? max(2, 180 * bar.value / greatest) : 2
            return "<text x=\"0\" y=\"\(y + 18)\">\(ComparisonReport.escape(bar.name))</text>"
                + "<rect class=\"\(bar.isEmphasised ? "push" : "bar")\" x=\"108\" y=\"\(y + 4)\" width=\"\(Fixed(width))\" height=\"20\" rx=\"3\"/>"
                + "<text x=\"\(Fixed(width + 114))\" y=\"\(y + 18)\">\(ComparisonReport.escape(bar.text))</text>"
        }
        let label = bars.map { "\($0.name) \($0.text)" }.joined(separator: ", ")
        return
            "<svg viewBox=\"0 0 380 \(bars.count * 28)\" role=\"img\" aria-label=\"\(ComparisonReport.escape(label))\">\(rows.joined())</svg>"
    }
}
