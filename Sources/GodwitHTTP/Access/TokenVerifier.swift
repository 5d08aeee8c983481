import GodwitCore
import HTTPTypes
import JWTKit
import Synchronization

/// Says whom a bearer token speaks for. A token that was verified once is remembered until it expires, so that the usual
/// request costs one look-up.
final class TokenVerifier: Sendable {
    private struct Remembered {
        let caller: Caller
        let expiresAt: Instant
    }

    private let signer: TokenSigner
    private let remembered = Mutex<[String: Remembered]>([:])

    init(signer: TokenSigner) { self.signer = signer }

    /// The text after `Bearer` in the request's `Authorization` header.
    static func bearerToken(_ fields: HTTPFields) throws(Problem) -> String {
        let scheme = "bearer "
        guard let value = fields[.authorization]?.utf8, value.count > scheme.utf8.count,
            zip(value, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 })
        else { throw .unauthenticated }
        return String(Substring(value.dropFirst(scheme.utf8.count)))
    }

    /// nil when the token was never verified, or has expired since.
    func rememberedCaller(_ token: String, at now: Instant) -> Caller? {
        remembered.withLock { remembered in
            guard let entry = remembered[token] else { return nil }
            guard now < entry.expiresAt else {
                remembered[token] = nil
                return nil
            }
            return entry.caller
        }
    }

    func caller(_ token: String, at now: Instant) async throws(Problem) -> Caller {
        if let caller = rememberedCaller(token, at: now) { return caller }
        let claims = try await verify(token)
        let caller = try claims.caller(at: now)
        remember(token, Remembered(caller: caller, expiresAt: claims.expiresAt), at: now)
        return caller
    }

    private func verify(_ token: String) async throws(Problem) -> TokenClaims {
        guard token.utf8.count <= Limits.tokenBytes else { throw .unauthenticated }
        if isSecretItself(token) {
            throw .unauthenticated(
                "Authentication failed. This is the secret that signs tokens, not a token: make one with `godwit token`.")
        }
        do {
            return try await signer.keys().verify(token, as: TokenClaims.self)
        } catch {
            // Which part was wrong helps nobody but a guesser.
            throw .unauthenticated
        }
    }

    /// Takes the same time wherever the texts differ.
    private func isSecretItself(_ token: String) -> Bool {
        let bytes = Array(token.utf8)
        guard bytes.count == signer.secret.count else { return false }
        return zip(bytes, signer.secret).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func remember(_ token: String, _ entry: Remembered, at now: Instant) {
        remembered.withLock { remembered in
            if remembered.count >= Limits.tokensRemembered {
                remembered = remembered.filter { now < $0.value.expiresAt }
            }
            if remembered.count >= Limits.tokensRemembered, let any = remembered.keys.first { remembered[any] = nil }
            remembered[token] = entry
        }
    }
}
