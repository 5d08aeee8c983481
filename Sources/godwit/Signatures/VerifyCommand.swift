import ArgumentParser
import GodwitCore
import GodwitSignature

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a webhook's signature as its receiver would.",
        discussion: """
            The body comes from standard input, a file (--body), the command line (--data), or a recorded request (--request), and \
            is taken byte for byte.

              godwit verify --provider stripe --secret whsec_… -H 'Stripe-Signature: t=…,v1=…' < body.json
              godwit verify --vectors vectors.json

            Exits with 0 when it is genuine; with 1 when it is refused, and says why; with 2 when this sender proves nothing and \
            must be asked; with 64 for wrong usage. With --vectors: 0, or 1 when one failed.
            """)

    @OptionGroup var signature: SignatureFlags
    @OptionGroup var request: RequestFlags
    @Option(help: "The time to assume: seconds since 1970, or RFC 3339; now by default.") var at: MomentArgument?
    @Option(
        help:
            "How far the timestamp may lie from then: a span like 5m or a number of seconds; or any. By default what the provider says."
    )
    var tolerance: ToleranceArgument?
    @Option(help: "Run a file of test vectors; ends with 'N passed, M failed'.") var vectors: String?
    @Flag(help: "With --vectors: also list what passed.") var verbose = false
    @Flag(help: "Print the table of providers in Markdown, and nothing else.") var providers = false
    @Option(help: "text, for people, or json.") var output: Output = .text

    enum Output: String, ExpressibleByArgument, CaseIterable, Sendable { case text, json }

    func run() throws {
        if providers { return print(ProviderTable.markdown, terminator: "") }
        if let vectors { return try VectorReport(file: vectors, verbose: verbose, isJSON: output == .json).run() }
        let provider = try signature.theProvider()
        let secrets = try signature.secrets()
        let options = signature.options(tolerance?.tolerance ?? .recommended)
        let verifier = try SignatureFlags.explaining { () throws(ProviderSecretError) in
            try ProviderVerifier(provider, scheme: signature.scheme, secrets: secrets, options: options)
        }
        let request = try request.read()
        let verdict = Verdict(provider) { () throws(VerificationError) in
            try verifier.judge(request, at: at?.seconds ?? MomentArgument.now)
        }
        print(output == .json ? String(decoding: JSONWriter.write(verdict.json), as: UTF8.self) : verdict.text)
        if verdict.exitCode != 0 { throw ExitCode(verdict.exitCode) }
    }
}

struct ToleranceArgument: ExpressibleByArgument, Sendable {
    let tolerance: VerifierOptions.Tolerance

    init?(argument: String) {
        if argument == "any" {
            tolerance = .any
        } else if let seconds = Int64(argument), seconds >= 0 {
            tolerance = .seconds(seconds)
        } else if let span = Duration(parsing: argument) {
            tolerance = .seconds(span.wholeMilliseconds / 1000)
        } else {
            return nil
        }
    }
}

/// What came out, for people and for programs.
struct Verdict {
    private enum Outcome {
        case verified(VerifiedWebhook)
        /// The digest is the body's; it has no sender.
        case whole
        case unverified(UnverifiedWebhook)
        case refused(VerificationError)
    }

    private let provider: Provider
    private let outcome: Outcome

    init(_ provider: Provider, _ judge: () throws(VerificationError) -> WebhookJudgement) {
        self.provider = provider
        do throws(VerificationError) {
            switch try judge() {
            case .verified(let webhook): outcome = .verified(webhook)
            case .unverified where provider == .contentDigest: outcome = .whole
            case .unverified(let webhook): outcome = .unverified(webhook)
            }
        } catch {
            outcome = .refused(error)
        }
    }

    var exitCode: Int32 {
        switch outcome {
        case .verified, .whole: 0
        case .refused: 1
        case .unverified: 2
        }
    }

    var text: String {
        switch outcome {
        case .verified(let webhook):
            let what =
                webhook.grade.coversBody ? "" : "\nThe proof doesn't cover the body: ask the sender before you act on it."
            let type = webhook.eventType.map { "  type \($0)" } ?? ""
            return "verified: \(provider.rawValue), \(webhook.grade.rawValue)  id \(webhook.id)\(type)\(what)"
        case .whole: return "the digest is the body's. Who wrote it, a digest doesn't say."
        case .unverified(let webhook):
            return "unverified: \(provider.rawValue) proves nothing here. Refetch: \(webhook.refetch)"
        case .refused(let error): return "refused: \(error.reason): \(error). Answer \(error.responseStatus)."
        }
    }

    var json: JSONValue {
        var members: [JSONValue.Member] = [.init("provider", .string(provider.rawValue))]
        func add(_ name: String, _ value: String?) { members.append(.init(name, value.map { .string($0) } ?? .null)) }
        switch outcome {
        case .verified(let webhook):
            members.append(.init("verified", .bool(true)))
            add("grade", webhook.grade.rawValue)
            members.append(.init("coversBody", .bool(webhook.grade.coversBody)))
            add("id", webhook.id)
            add("eventType", webhook.eventType)
            members.append(.init("timestamp", webhook.timestampSeconds.map { .number(String($0)) } ?? .null))
        case .whole:
            members.append(.init("verified", .bool(false)))
            add("grade", TrustGrade.unverified.rawValue)
            add("reason", "digest-only")
        case .unverified(let webhook):
            members.append(.init("verified", .bool(false)))
            add("grade", TrustGrade.unverified.rawValue)
            add("reason", "unverified")
            add("refetch", webhook.refetch)
            add("id", webhook.claimedID)
            add("eventType", webhook.claimedEventType)
        case .refused(let error):
            members.append(.init("verified", .bool(false)))
            add("reason", error.reason)
            add("message", error.description)
            members.append(.init("answer", .number(String(error.responseStatus))))
        }
        return .object(members)
    }
}
