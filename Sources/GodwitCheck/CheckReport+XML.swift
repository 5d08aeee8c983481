extension CheckReport {
    /// JUnit's XML, as CI systems read it: one suite, one test case for each case.
    package var junit: String {
        let total = results.reduce(.zero) { $0 + $1.elapsed }
        let counts = #"tests="\#(results.count)" failures="\#(failed)" errors="0" skipped="\#(skipped)""#
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            #"<testsuites \#(counts) time="\#(Self.seconds(total))">"#,
            #"  <testsuite name="godwit check" \#(counts) time="\#(Self.seconds(total))">"#,
            #"    <properties><property name="url" value="\#(XMLText.escape(url))"/></properties>"#,
        ]
        for result in results {
            let name = XMLText.escape("\(result.name): \(result.title)")
            let head = #"    <testcase classname="godwit.check" name="\#(name)" time="\#(Self.seconds(result.elapsed))""#
            let observed = XMLText.escape(result.observed)
            switch result.outcome {
            case .passed: lines.append(head + "/>")
            case .failed:
                let remedy = XMLText.escape(result.remedy ?? "")
                lines.append(
                    head + ">\n" + #"      <failure message="\#(observed)">\#(remedy)</failure>"# + "\n    </testcase>")
            case .skipped:
                lines.append(head + ">\n" + #"      <skipped message="\#(observed)"/>"# + "\n    </testcase>")
            }
        }
        return (lines + ["  </testsuite>", "</testsuites>", ""]).joined(separator: "\n")
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = String(Int(duration / .milliseconds(1)))
        let padded = String(repeating: "0", count: max(0, 4 - milliseconds.count)) + milliseconds
        return "\(padded.dropLast(3)).\(padded.suffix(3))"
    }

    /// An SVG of 20 pixels' height for a README or a page: no script, no font and nothing else from outside.
    package var badge: String {
        let label = "webhook receiver"
        let value =
            isPassed
            ? "\(passed) of \(results.count) passed" : failed > 0 ? "\(failed) of \(results.count) failed" : "not checked"
        let color = isPassed ? "#1a7f37" : failed > 0 ? "#cf222e" : "#6e7781"
        // Verdana of 11 px, which the text is laid out for and stretched to, is about 6.6 px wide.
        let widths = [label, value].map { ($0.count * 66 + 50) / 10 + 10 }
        let (left, right) = (widths[0], widths[1])
        func text(_ text: String, _ x: Int, _ width: Int) -> String {
            #"<text x="\#(x + 8)" y="14" textLength="\#(width - 16)" lengthAdjust="spacingAndGlyphs">\#(text)</text>"#
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(left + right)" height="20" role="img" aria-label="\(label): \(value)">
            <title>\(label): \(value)</title>
            <clipPath id="round"><rect width="\(left + right)" height="20" rx="3"/></clipPath>
            <g clip-path="url(#round)"><rect width="\(left)" height="20" fill="#4b535d"/>\
            <rect x="\(left)" width="\(right)" height="20" fill="\(color)"/></g>
            <g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">\
            \(text(label, 0, left))\(text(value, left, right))</g>
            </svg>

            """
    }
}

enum XMLText {
    /// For text and for attributes in double quotes. What XML 1.0 can't hold (§2.2) becomes U+FFFD: a receiver's text may be anything.
    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
