import Configuration
import Foundation
import GodwitCore
import SystemPackage

/// A YAML file with the options of `godwit listen`, under their names. What is given on the command line goes before it.
struct ListenFile {
    static let lists: Set = ["secret", "forward"]
    static let names = lists.union([
        "host", "port", "app", "endpoint", "server", "after", "cursor", "record", "exit-after", "timeout", "hold", "output",
        "forward-timeout",
    ])

    private let reader: ConfigReader?
    private let path: String

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter path: nil for no file.
    init(_ path: String?) async throws {
        self.path = path ?? ""
        guard let path else {
            reader = nil
            return
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw Problem(description: "\(path) can't be read") }
        try Self.refuseUnknown(String(decoding: data, as: UTF8.self), path)
        do {
            reader = ConfigReader(provider: try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)))
        } catch {
            throw Problem(description: "\(path) can't be used: \(error)")
        }
    }

    /// The reader can't list its keys, and a misspelt one must not be without effect unnoticed.
    private static func refuseUnknown(_ text: String, _ path: String) throws {
        for line in text.split(whereSeparator: \.isNewline) {
            guard let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":") else { continue }
            let name = String(line[..<colon])
            guard names.contains(name) else {
                throw Problem(
                    description: "\(path): '\(name)' is no option; there are \(names.sorted().joined(separator: ", "))")
            }
        }
    }

    func text(_ name: String) async throws -> String? {
        do {
            return try await reader?.fetchString(forKey: ConfigKey([name]), isSecret: name == "secret")
        } catch {
            throw Problem(description: "\(path): '\(name)' is not a text or a number")
        }
    }

    /// A list, or one text.
    func list(_ name: String) async throws -> [String] {
        guard let reader else { return [] }
        if let items = try? await reader.fetchStringArray(forKey: ConfigKey([name]), isSecret: name == "secret") {
            return items
        }
        return try await text(name).map { [$0] } ?? []
    }
}
