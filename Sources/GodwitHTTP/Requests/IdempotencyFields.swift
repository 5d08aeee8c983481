import Crypto
import GodwitCore
import GodwitStore
import HTTPTypes

/// The `Idempotency-Key` header: with the same key, a request that is repeated happens once.
enum IdempotencyFields {
    static let name = HTTPField.Name("idempotency-key")
    static let replayedName = HTTPField.Name("idempotency-replayed")

    /// - Returns: nil when the request has none.
    static func key(_ fields: HTTPFields) throws(Problem) -> String? {
        guard let name, let key = fields[name] else { return nil }
        guard (1...Limits.nameCharacters).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(
                ["header", "idempotency-key"], "expected 1 to \(Limits.nameCharacters) visible ASCII characters")
        }
        return key
    }

    /// On an answer that was given before.
    static var replayed: HTTPFields {
        var fields = HTTPFields()
        if let replayedName { fields[replayedName] = "true" }
        return fields
    }
}

extension IdempotencyKey {
    /// Keys of different callers or operations never meet; the key itself isn't kept.
    ///
    /// - Parameter operation: what is asked for: the request's path, or what that path stands for.
    init(_ key: String, caller: Caller, operation: String, body: [UInt8]) {
        var scope = SHA256()
        for part in [caller.organization.rawValue, operation, key] {
            scope.update(data: Array(part.utf8))
            // No part holds a zero byte, so no two triples give the same text.
            scope.update(data: [0])
        }
        self.init(scope: Fingerprint(scope.finalize()), request: Fingerprint(SHA256.hash(data: body)))
    }
}

extension IdempotencyKey.Fingerprint {
    init(_ digest: SHA256Digest) {
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in digest.enumerated().prefix(16) {
            if index < 8 { words.0 = words.0 << 8 | UInt64(byte) } else { words.1 = words.1 << 8 | UInt64(byte) }
        }
        self.init(high: words.0, low: words.1)
    }
}
