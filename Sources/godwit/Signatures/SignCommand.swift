import ArgumentParser
import Foundation
import GodwitCore
import GodwitSignature

struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Print the headers that a sender adds to a webhook so that its receiver can check it.",
        discussion: """
            The body comes as for `verify`. One header per line, as `curl -H @file` reads them:

              godwit sign --secret whsec_… --body body.json > headers
              curl -H @headers --data-binary @body.json https://example.com/hook

            What a scheme puts into the body or the URL is said on stderr; --body-out writes the body to send.
            Exits with 0, with 1 when the request lacks what the scheme signs, with 64 for wrong usage.
            """)

    @OptionGroup var signature: SignatureFlags
    @OptionGroup var request: RequestFlags
    @Option(help: "The webhook's identifier; a random one by default.") var id: String?
    @Option(help: "The time to sign for: seconds since 1970, or RFC 3339; now by default.") var at: MomentArgument?
    @Option(help: "A file that gets the body to send, for schemes that change it.") var bodyOut: String?
    @Option(help: "text or json.") var output: VerifyCommand.Output = .text

    func validate() throws {
        if let id, id.isEmpty || id.contains(where: { $0.isNewline }) {
            throw ValidationError("an identifier is one line of text")
        }
    }

    func run() async throws {
        let provider = try signature.theProvider()
        let secrets = try signature.secrets()
        let signer = try SignatureFlags.explaining { () throws(ProviderSecretError) in
            try ProviderSigner(provider, scheme: signature.scheme, secrets: secrets, options: signature.options())
        }
        let request = try request.read()
        let signed = try await Failure.explaining {
            let signed = try signer.sign(request, id: id ?? Self.randomID(), at: at?.seconds ?? MomentArgument.now)
            if let bodyOut { try Data(signed.applied(to: request).body).write(to: URL(filePath: bodyOut)) }
            return signed
        }
        switch output {
        case .text:
            for field in signed.headers { print("\(field.name): \(field.value)") }
            note(signed, request)
        case .json: print(String(decoding: JSONWriter.write(json(signed, request)), as: UTF8.self))
        }
    }

    private func note(_ signed: SignedWebhook, _ request: WebhookRequest) {
        var notes: [String] = []
        if let url = signed.url, url != request.url { notes.append("send it to \(url)") }
        if bodyOut == nil, signed.body != request.body {
            notes.append("send this body: \(String(decoding: signed.body, as: UTF8.self))")
        }
        if bodyOut == nil { notes += signed.bodyFields.map { "put into the body at \($0.pointer): \($0.value)" } }
        for note in notes { FileHandle.standardError.write(Data("godwit: \(note)\n".utf8)) }
    }

    private func json(_ signed: SignedWebhook, _ request: WebhookRequest) -> JSONValue {
        .object([
            .init("headers", .object(signed.headers.map { .init($0.name, .string($0.value)) })),
            .init("url", signed.url.map { .string($0) } ?? .null),
            .init("body", .string(String(decoding: signed.applied(to: request).body, as: UTF8.self))),
            .init("bodyFields", .object(signed.bodyFields.map { .init($0.pointer, .string($0.value)) })),
        ])
    }

    private static func randomID() -> String {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        return "msg_" + String((0..<27).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] })
    }
}
