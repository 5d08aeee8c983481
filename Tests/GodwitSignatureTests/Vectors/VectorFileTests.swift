import FoundationEssentials
import GodwitSignature
import Testing

@Suite("Vector file")
struct VectorFileTests {
    /// The published vectors: results of the providers' own libraries, constants of their documentation and of RFCs.
    static func published() throws -> VectorFile {
        let path = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return try VectorFile(Array(try Data(contentsOf: URL(filePath: "/\(path)/vectors.json"))))
    }

    @Test("every published vector, handshake and codec has the published result")
    func all() throws {
        let outcomes = try Self.published().run()
        #expect(outcomes.count == 150)
        for outcome in outcomes where !outcome.passed {
            Issue.record("\(outcome.id): expected \(outcome.expected), got \(outcome.got)")
        }
    }
}
