import GodwitSignature

/// The table of Docs/providers.md, from the code that checks.
enum ProviderTable {
    static var markdown: String {
        let head = """
            | Provider | Scheme | Where the proof stands | What is signed | Recommended tolerance | Grade |
            |---|---|---|---|---|---|
            """
        let rows = Provider.allCases.flatMap { provider in
            provider.schemes.map { scheme in
                let tolerance = scheme.toleranceSeconds.map { "\($0) s" } ?? "none"
                return
                    "| `\(provider.rawValue)` | `\(escaped(scheme.name))` | \(escaped(scheme.proof)) | \(escaped(scheme.signedContent)) "
                    + "| \(tolerance) | \(scheme.grade.rawValue) |"
            }
        }
        return ([head] + rows).joined(separator: "\n") + "\n"
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
