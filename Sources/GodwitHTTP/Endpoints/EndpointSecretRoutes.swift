import GodwitCore
import GodwitEngine
import GodwitSignature
import GodwitStore
import HTTPTypes

struct EndpointSecretRoutes {
    var routes: [Route] {
        [
            Route(.get, EndpointRoutes.path + "/secret", .application, get),
            // Its answer is a secret, which isn't stored a second time. Repeated, it rotates again, and what the first call
            // made still signs until its grace period is over.
            Route(.post, EndpointRoutes.path + "/secret/rotate", .application, remembers: false, rotate),
        ]
    }

    func get(_ request: APIRequest) async throws -> Answer {
        Answer(.ok, try EndpointSecretOut(try await request.endpoint()))
    }

    func rotate(_ request: APIRequest) async throws -> Answer {
        let application = try request.application().application
        let reference = try request.reference("endpoint_id", EndpointKind.self)
        let input = try request.readOptionalBody(SecretRotation.init)
        let current = try SigningSecret(try await request.endpoint().secrets.first?.wireText ?? "")
        let next = try input.key ?? SigningSecret.generate(current.kind)
        let now = request.now
        let changed = try await request.changeEndpoint(application, reference) { endpoint in
            endpoint.rotate(to: next, grace: input.grace, at: now)
        }
        guard changed.secrets.first?.wireText == next.wireText else { throw tooManyFormerSecrets(of: changed) }
        return Answer(.ok, try EndpointSecretOut(changed))
    }

    private func tooManyFormerSecrets(of endpoint: Endpoint) -> Problem {
        let next = endpoint.secrets.compactMap(\.expiresAt).min().map(RFC3339.format) ?? "?"
        return Problem(
            .badRequest, "limit_reached",
            "You can only rotate a key \(Limits.formerSecrets) times; please wait for old keys to expire. "
                + "Your next key expires at \(next)")
    }
}

private struct SecretRotation: Sendable {
    let key: SigningSecret?
    let grace: Duration

    init(_ reader: inout JSONReader) {
        key = reader.optional("key", .signingSecret) ?? nil
        grace = .seconds(reader.optional("gracePeriodSeconds", .int(in: Limits.secretGraceSeconds)) ?? 86_400)
    }
}

extension Endpoint {
    /// Leaves everything as it is when too many former secrets still sign.
    fileprivate mutating func rotate(to next: SigningSecret, grace: Duration, at now: Instant) {
        guard let current = secrets.first, current.wireText != next.wireText else { return }
        var former = secrets.dropFirst().filter { secret in
            secret.wireText != next.wireText && secret.expiresAt.map { $0 > now } ?? false
        }
        if grace > .zero {
            guard former.count < Limits.formerSecrets else { return }
            former.insert(EndpointSecret(wireText: current.wireText, expiresAt: now + grace), at: 0)
        }
        secrets = [EndpointSecret(wireText: next.wireText)] + former
    }
}

/// What the receiver verifies with: of an Ed25519 key that is the public half.
private struct EndpointSecretOut: JSONWritable {
    let key: String

    init(_ endpoint: Endpoint) throws {
        let secret = try SigningSecret(endpoint.secrets.first?.wireText ?? "")
        key = secret.publicText ?? secret.wireText
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in writer.field("key", key) }
    }
}

extension JSONShape where Value == SigningSecret? {
    /// In its wire form; the SDKs may leave out the prefix of a symmetric one. The complaint never repeats it.
    static var signingSecret: Self {
        JSONShape<String>.string.converted(placeholder: nil) { text in
            // No base64 has an underscore, and every prefix ends with one.
            let isBare = !text.isEmpty && !text.contains("_")
            do throws(SigningSecretError) {
                return .accepted(try SigningSecret(isBare ? "whsec_" + text : text))
            } catch {
                return .refused(error.description)
            }
        }
    }
}
