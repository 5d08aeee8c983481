import Foundation
import Testing

@Suite("Linkage")
struct LinkageTests {
    /// Foundation's full library brings ICU: 40 MB that a small receiver has no use for.
    @Test("a program that links the signature library doesn't link the full Foundation")
    func noFullFoundation() throws {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        // Beside the bundle of tests, whatever runs it.
        let candidates = [folder.path, Self.buildFolder].map { $0 + "/signature-linkage" }
        let path = try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0) })
        let needed = try Self.output(of: "readelf", "-d", path).split(separator: "\n").filter { $0.contains("NEEDED") }
        #expect(needed.contains { $0.contains("libFoundationEssentials.so") })
        for library in ["libFoundation.so", "libFoundationInternationalization.so", "libFoundationNetworking.so"] {
            #expect(!needed.contains { $0.contains("[\(library)]") }, "\(library) is linked")
        }
    }

    private static func output(of command: String...) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }

    @Test("no source of the signature library and of the core imports Foundation")
    func noImport() throws {
        for target in ["GodwitSignature", "GodwitCore"] {
            let folder = URL(filePath: Self.packageFolder + "/Sources/" + target).resolvingSymlinksInPath().path
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
            #expect(!files.isEmpty)
            for file in files {
                let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(file)")), as: UTF8.self)
                let imports = text.split(separator: "\n").filter { $0.hasPrefix("import ") || $0.contains(" import ") }
                #expect(!imports.contains { $0.hasSuffix("Foundation") || $0.hasSuffix("FoundationEssentials") }, "\(file)")
            }
        }
    }

    private static let packageFolder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// Where the bundle of tests itself lies.
    private static var buildFolder: String {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().path
    }
}
