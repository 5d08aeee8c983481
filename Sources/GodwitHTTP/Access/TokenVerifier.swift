import Crypto
import GodwitCore
import GodwitEngine
import HTTPTypes
import Synchronization

/// Says whom a bearer token speaks for. A token that was verified once is remembered until it ends, so that the usual request costs
/// one look-up; whether it was revoked is asked again only when something was.
final class TokenVerifier: Sendable {
    private struct Remembered {
        var caller: Caller
        /// As it was known in `generation`.
        var end: Instant
        var generation: Int
    }

    private let secret: [UInt8]
    private let access: AccessRegister
    private let remembered = Mutex<[String: Remembered]>([:])

    /// - Parameter secret: the key of the configuration.
    init(secret: [UInt8], access: AccessRegister) {
        self.secret = secret
        self.access = access
    }

    /// With the keys as they are now.
    var signer: TokenSigner { TokenSigner(secret: secret, keys: access.signingKeys) }

    /// The text after `Bearer` in the request's `Authorization` header.
    static func bearerToken(_ fields: HTTPFields) throws(Problem) -> String {
        let scheme = "bearer "
        guard let value = fields[.authorization]?.utf8, value.count > scheme.utf8.count,
            zip(value, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 })
        else { throw .unauthenticated }
        return String(Substring(value.dropFirst(scheme.utf8.count)))
    }

    /// nil when the token was never verified, or has ended since.
    func rememberedCaller(_ token: String, at now: Instant) -> Caller? {
        let generation = access.generation
        return remembered.withLock { remembered in
            guard var entry = remembered[token] else { return nil }
            if entry.generation != generation {
                entry = examine(entry.caller, generation)
                remembered[token] = entry
            }
            guard now < entry.end else {
                remembered[token] = nil
                return nil
            }
            return entry.caller
        }
    }

    func caller(_ token: String, at now: Instant) async throws(Problem) -> Caller {
        if let caller = rememberedCaller(token, at: now) { return caller }
        // Before it is asked: what is revoked meanwhile is noticed next time.
        let generation = access.generation
        let entry = examine(try await verify(token, at: now), generation)
        guard now < entry.end else { throw .unauthenticated }
        remember(token, entry, at: now)
        return entry.caller
    }

    private func examine(_ caller: Caller, _ generation: Int) -> Remembered {
        var caller = caller
        if let integration = caller.token.integration {
            caller.featureFlags = access.featureFlags(ofIntegration: integration) ?? []
        }
        return Remembered(caller: caller, end: access.end(of: caller.token), generation: generation)
    }

    private func verify(_ token: String, at now: Instant) async throws(Problem) -> Caller {
        guard token.utf8.count <= Limits.tokenBytes else { throw .unauthenticated }
        if isSecretItself(token) {
            throw .unauthenticated(
                "Authentication failed. This is the secret that signs tokens, not a token: make one with `godwit token`.")
        }
        let verified: (claims: TokenClaims, signingKey: String)
        do {
            verified = try await signer.verify(token)
        } catch {
            // Which part was wrong helps nobody but a guesser.
            throw .unauthenticated
        }
        return try verified.claims.caller(
            at: now, standIn: TokenFingerprint.make(token), signingKey: verified.signingKey)
    }

    /// Takes the same time wherever the texts differ.
    private func isSecretItself(_ token: String) -> Bool {
        let bytes = Array(token.utf8)
        guard bytes.count == secret.count else { return false }
        return zip(bytes, secret).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func remember(_ token: String, _ entry: Remembered, at now: Instant) {
        remembered.withLock { remembered in
            if remembered.count >= Limits.tokensRemembered {
                remembered = remembered.filter { now < $0.value.end }
            }
            if remembered.count >= Limits.tokensRemembered, let any = remembered.keys.first { remembered[any] = nil }
            remembered[token] = entry
        }
    }
}

/// What a token without an identifier is called.
package enum TokenFingerprint {
    private static let prefix = "fp_"

    /// Of header and claims alone: the signature's text could be written in more than one way (RFC 4648 §3.5).
    package static func make(_ token: String) -> String {
        let signed = token.lastIndex(of: ".").map { token[..<$0] } ?? token[...]
        let digest = SHA256.hash(data: Array(signed.utf8))
        return prefix + digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    package static func isValid(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 32
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
