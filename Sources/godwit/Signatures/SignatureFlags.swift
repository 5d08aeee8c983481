import ArgumentParser
import Foundation
import GodwitCore
import GodwitEngine
import GodwitSignature

/// Whose signature, and with which key: what `verify` and `sign` share.
struct SignatureFlags: ParsableArguments {
    @Option(help: "Whose webhook it is, like stripe, github or standard-webhooks; `godwit verify --providers` lists them.")
    var provider = Provider.standardWebhooks.rawValue
    @Option(help: "One of the provider's schemes, when it has several; for rfc9421 the algorithm, like ed25519.")
    var scheme: String?
    @Option(
        help: ArgumentHelp(
            "The secret, token or key as the provider shows it. May be repeated. A list of processes shows it; not so --secret-file."
        ))
    var secret: [String] = []
    @Option(help: "A file that holds one secret or key; a newline at its end is not part of it. May be repeated.")
    var secretFile: [String] = []
    @Option(help: "How the secret is written, when not as the provider shows it: utf8, hex, base64, whsec or asymmetric.")
    var secretForm: SecretForm?
    @Option(help: "The key's identifier (keyid of rfc9421, kid of a token): other keys' signatures are not tried.")
    var keyID: String?
    @Option(help: "The webhook's identifier at PayPal, which its signature covers.") var webhookID: String?
    @Option(help: "The audience of a JSON Web Token.") var audience: String?
    @Option(help: "The issuer of a JSON Web Token.") var issuer: String?
    @Option(help: "A component that an rfc9421 signature must cover, like content-digest. May be repeated.")
    var require: [String] = []
    @Option(help: "The tag of an rfc9421 signature.") var tag: String?

    enum SecretForm: String, ExpressibleByArgument, CaseIterable, Sendable {
        case utf8, hex, base64, whsec, asymmetric

        var form: ProviderSecret.Form {
            switch self {
            case .utf8: .utf8
            case .hex: .hex
            case .base64: .base64
            case .whsec: .standardWebhooks
            case .asymmetric: .asymmetric
            }
        }
    }

    func theProvider() throws -> Provider {
        guard let found = Provider(named: provider) else {
            throw ValidationError("'\(provider)' is not a provider that we know: `godwit verify --providers` lists them")
        }
        guard scheme.map({ found.scheme(named: $0) != nil }) ?? true else {
            let names = found.schemes.map { "'\($0.name)'" }.joined(separator: ", ")
            throw ValidationError("\(found.rawValue) has no scheme '\(scheme ?? "")': it has \(names)")
        }
        return found
    }

    func secrets() throws -> [ProviderSecret] {
        var texts = secret
        for file in secretFile {
            var text = String(decoding: try InputFile.read(file), as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            texts.append(text)
        }
        return texts.map { ProviderSecret($0, form: secretForm?.form ?? .asProvided, keyID: keyID) }
    }

    func options(_ tolerance: VerifierOptions.Tolerance = .recommended) -> VerifierOptions {
        VerifierOptions(
            tolerance: tolerance, webhookID: webhookID,
            httpSignatures: HTTPSignaturePolicy(requiredComponents: require, tag: tag, requiresCreated: false),
            audience: audience, issuer: issuer)
    }

    /// Wrong usage, with what would be right.
    static func explaining<Value>(_ make: () throws(ProviderSecretError) -> Value) throws -> Value {
        do throws(ProviderSecretError) {
            return try make()
        } catch {
            let hint =
                switch error {
                case .missing: ": give it with --secret or --secret-file"
                case .webhookIDMissing: ": give it with --webhook-id"
                case .malformed, .wrongKind: ": see --secret-form"
                case .empty, .tooMany, .unknownScheme, .notSignable: ""
                }
            throw ValidationError("\(error)\(hint)")
        }
    }
}

/// A file named on the command line; `-` is standard input.
enum InputFile {
    static func read(_ path: String) throws -> [UInt8] {
        do {
            guard path != "-" else { return Array(try FileHandle.standardInput.readToEnd() ?? Data()) }
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ValidationError("'\(path)' can't be read: \((error as NSError).localizedDescription)")
        }
    }
}

/// A moment on the command line: seconds since 1970, or RFC 3339.
struct MomentArgument: ExpressibleByArgument, Sendable {
    let seconds: Int64

    init?(argument: String) {
        if let seconds = Int64(argument) {
            self.seconds = seconds
        } else if let instant = RFC3339.parse(argument) {
            seconds = instant.secondsSince1970
        } else {
            return nil
        }
    }

    static var now: Int64 { WallClock.system.now.secondsSince1970 }
}
