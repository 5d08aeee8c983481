import ArgumentParser
import Foundation
import GodwitCore
import GodwitSignature

/// How many webhooks per second one core verifies, beside the reference library for Python on the same webhooks.
struct VerifyBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract:
            "Webhooks that one core verifies per second: the library, and standardwebhooks for Python on the same webhooks.",
        discussion: """
            One thread each, one after the other, on the same webhooks with the same secret. Ed25519 (v1a) is measured without a \
            comparison: no reference library has it. Without a Python that has `standardwebhooks`, only the library is measured.
            Exits with 0; with 1 when a webhook did not verify; with 64 when an option is wrong.
            """)

    @Option(help: "Bytes of the webhook's body: 2 to 1048576.") var payloadBytes = 512
    @Option(help: "How long to measure each: 100ms to 1m.") var duration = "3s"
    @Option(help: "The Python to compare with.") var python = "python3"
    @Option(help: "table or json.") var output: APIFlags.Output = .table

    func validate() throws {
        guard (2...1_048_576).contains(payloadBytes) else { throw ValidationError("--payload-bytes is from 2 to 1048576") }
        _ = try span()
    }

    private func span() throws -> Duration {
        guard let span = Duration(parsing: duration), span >= .milliseconds(100), span <= .seconds(60) else {
            throw ValidationError("'\(duration)' is not a span from 100ms to 1m")
        }
        return span
    }

    func run() throws {
        let span = try span()
        var rows: [(name: String, perSecond: Double)] = []
        for kind in SigningSecret.Kind.allCases {
            let subject = try VerifySubject(kind, payloadBytes: payloadBytes)
            rows.append(("godwit \(kind == .hmacSHA256 ? "v1" : "v1a")", try subject.verificationsPerSecond(for: span)))
            if kind == .hmacSHA256, let other = subject.pythonsPerSecond(python: python, for: span) {
                rows.append(("standardwebhooks (Python) v1", other))
            }
        }
        show(rows)
    }

    private func show(_ rows: [(name: String, perSecond: Double)]) {
        let ours = rows.first?.perSecond ?? 0
        let other = rows.first { $0.name.contains("Python") }?.perSecond
        switch output {
        case .table:
            print("\(payloadBytes) bytes, one thread, \(Machine.processor)")
            for line in TextTable.lines(rows.map { [$0.name, "\(Int($0.perSecond)) per second"] }) { print(line) }
            if let other, other > 0 {
                print("ratio \((ours / other * 10).rounded() / 10)")
            } else {
                print("no comparison: '\(python)' has no standardwebhooks; give another with --python")
            }
        case .json:
            let figures = rows.map { JSONValue.Member($0.name, .number(String(Int($0.perSecond)))) }
            var members: [JSONValue.Member] = [
                .init("payloadBytes", .number(String(payloadBytes))), .init("verifiedPerSecond", .object(figures)),
            ]
            if let other, other > 0 { members.append(.init("ratio", .number(String((ours / other * 10).rounded() / 10)))) }
            print(String(decoding: JSONWriter.write(JSONValue.object(members)), as: UTF8.self))
        }
    }
}

/// One signed webhook, verified over and over.
struct VerifySubject {
    private let secret: SigningSecret
    private let verifier: ProviderVerifier
    private let request: WebhookRequest
    private let now = MomentArgument.now

    init(_ kind: SigningSecret.Kind, payloadBytes: Int) throws {
        secret = try SigningSecret.generate(kind)
        let key = ProviderSecret(secret.publicText ?? secret.wireText)
        verifier = try ProviderVerifier(.standardWebhooks, secrets: [key])
        // A JSON string: the reference library parses what it has verified.
        let body = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "a"), count: payloadBytes - 2) + [UInt8(ascii: "\"")]
        let unsigned = WebhookRequest(headers: [:], body: body)
        request = try ProviderSigner(.standardWebhooks, secrets: [ProviderSecret(secret.wireText)])
            .sign(unsigned, id: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", at: now).applied(to: unsigned)
    }

    func verificationsPerSecond(for span: Duration) throws -> Double {
        for _ in 0..<1000 { _ = try verifier.verify(request, at: now) }
        let clock = ContinuousClock()
        let start = clock.now
        var count = 0
        while clock.now - start < span {
            for _ in 0..<256 { _ = try verifier.verify(request, at: now) }
            count += 256
        }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }

    /// nil when that Python isn't there or hasn't the library.
    func pythonsPerSecond(python: String, for span: Duration) -> Double? {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [python, "-c", Self.script]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let task = JSONValue.object([
            .init("secret", .string(secret.wireText)), .init("seconds", .number(String(span / .seconds(1)))),
            .init("headers", .object(request.headers.fields.map { .init($0.name, .string($0.value)) })),
            .init("body", .string(String(decoding: request.body, as: UTF8.self))),
        ])
        // A Python that has ended reads nothing; that is told by its exit code.
        try? input.fileHandleForWriting.write(contentsOf: Data(JSONWriter.write(task)))
        try? input.fileHandleForWriting.close()
        let answer = (try? output.fileHandleForReading.readToEnd()) ?? nil
        process.waitUntilExit()
        guard process.terminationStatus == 0, let answer else { return nil }
        return Double(String(decoding: answer, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private static let script = """
        import json, sys, time
        from standardwebhooks import Webhook
        task = json.load(sys.stdin)
        webhook, body, headers = Webhook(task["secret"]), task["body"], task["headers"]
        for _ in range(1000):
            webhook.verify(body, headers)
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < task["seconds"]:
            for _ in range(256):
                webhook.verify(body, headers)
            count += 256
        print(count / (time.perf_counter() - start))
        """
}
