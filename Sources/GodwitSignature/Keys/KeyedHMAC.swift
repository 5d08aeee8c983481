import Crypto

/// An authenticator that has taken in a key and nothing else. It is a value: a copy takes in one message.
enum KeyedHMAC: Sendable {
    case sha1(HMAC<Insecure.SHA1>)
    case sha256(HMAC<SHA256>)
    case sha384(HMAC<SHA384>)
    case sha512(HMAC<SHA512>)

    init(_ hash: HMACHash, key: [UInt8]) {
        let key = SymmetricKey(data: key)
        switch hash {
        case .sha1: self = .sha1(HMAC(key: key))
        case .sha256: self = .sha256(HMAC(key: key))
        case .sha384: self = .sha384(HMAC(key: key))
        case .sha512: self = .sha512(HMAC(key: key))
        }
    }

    mutating func update(_ bytes: [UInt8]) {
        switch self {
        case .sha1(var code):
            code.update(data: bytes)
            self = .sha1(code)
        case .sha256(var code):
            code.update(data: bytes)
            self = .sha256(code)
        case .sha384(var code):
            code.update(data: bytes)
            self = .sha384(code)
        case .sha512(var code):
            code.update(data: bytes)
            self = .sha512(code)
        }
    }

    var code: [UInt8] {
        switch self {
        case .sha1(let code): Array(code.finalize())
        case .sha256(let code): Array(code.finalize())
        case .sha384(let code): Array(code.finalize())
        case .sha512(let code): Array(code.finalize())
        }
    }

    /// Whether one of them is the code. The library's comparison takes the same time wherever they differ.
    func matches(anyOf candidates: [[UInt8]]) -> Bool {
        switch self {
        case .sha1(let keyed):
            let code = keyed.finalize()
            return candidates.contains { code == $0 }
        case .sha256(let keyed):
            let code = keyed.finalize()
            return candidates.contains { code == $0 }
        case .sha384(let keyed):
            let code = keyed.finalize()
            return candidates.contains { code == $0 }
        case .sha512(let keyed):
            let code = keyed.finalize()
            return candidates.contains { code == $0 }
        }
    }
}
