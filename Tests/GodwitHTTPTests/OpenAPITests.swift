import Foundation
import GodwitCore
import HTTPTypes
import Testing

@testable import GodwitHTTP

@Suite("openapi.yaml") struct OpenAPITests {
    private func description() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "openapi.yaml"), encoding: .utf8)
    }

    /// `GET /api/v1/app`, from the lines of `paths:`: a path is indented by two, a method by four.
    private func operations(_ text: String) -> Set<String> {
        var operations: Set<String> = []
        var path = ""
        let methods = ["get", "head", "post", "put", "patch", "delete"]
        let lines = text.split(separator: "\n").drop { $0 != "paths:" }.dropFirst().prefix { $0.hasPrefix(" ") }
        for line in lines where line.hasSuffix(":") {
            let name = line.drop { $0 == " " }.dropLast()
            if line.hasPrefix("  /") { path = String(name) }
            if line.hasPrefix("    "), !line.hasPrefix("     "), methods.contains(String(name)) {
                operations.insert("\(name.uppercased()) \(path)")
            }
        }
        return operations
    }

    @Test("describes every operation there is, and no other")
    func operations() throws {
        let described = operations(try description())
        let mounted = Set(GodwitRoutes.all.map { "\($0.method.rawValue) \($0.path)" })
        #expect(mounted.subtracting(described) == [])
        #expect(described.subtracting(mounted) == [])
        #expect(GodwitRoutes.all.count == mounted.count)
    }

    @Test("refers only to what it defines")
    func references() throws {
        let text = try description()
        let components = text.components(separatedBy: "\ncomponents:\n").last ?? ""
        for reference in text.matches(of: /#\/components\/(\w+)\/(\w+)"/) {
            let section = try #require(components.components(separatedBy: "\n  \(reference.1):\n").dropFirst().first)
            let body = section.split(separator: /\n  \w/, maxSplits: 1).first ?? ""
            #expect("\n\(body)".contains("\n    \(reference.2):"), "\(reference.0)")
        }
    }

    @Test("names the limits that hold")
    func limits() throws {
        let text = try description()
        #expect(text.contains("\(Limits.requestBodyBytes) bytes"))
        #expect(text.contains("maximum: \(Limits.pageItems), default: \(Limits.pageItemsDefault)"))
        #expect(text.contains("maximum: \(Limits.secretGraceSeconds.upperBound)"))
        for code in TransportFailure.Code.allCases { #expect(text.contains("- \(code.rawValue)\n")) }
    }
}
