package import GodwitCore

/// A file of test vectors: webhooks with the verdict that a verifier must come to, handshakes with their answers, and codecs.
///
/// ```json
/// {"vectors": [{"id": "…", "provider": "stripe", "scheme": "t/v1", "secret": {"type": "raw-utf8", "value": "…"}, "method": "POST",
///               "url": null, "headers": {}, "body": {"encoding": "utf8", "value": ""}, "now": 1674087231, "tolerance_s": 300,
///               "expected_valid": true}], "handshakes": [], "codec": []}
/// ```
package struct VectorFile: Sendable {
    package let vectors: [JSONValue]
    package let handshakes: [JSONValue]
    package let codecs: [JSONValue]

    /// Also reads a list of vectors alone.
    package init(_ bytes: [UInt8]) throws(VectorFileError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue.parse(bytes)
        } catch {
            throw VectorFileError(text: error.description)
        }
        if case .array(let vectors) = json {
            self.vectors = vectors
            handshakes = []
            codecs = []
            return
        }
        guard case .object = json else { throw VectorFileError(text: "expected an object with vectors, handshakes and codec") }
        vectors = try Self.list("vectors", of: json)
        handshakes = try Self.list("handshakes", of: json)
        codecs = try Self.list("codec", of: json)
        guard !vectors.isEmpty || !handshakes.isEmpty || !codecs.isEmpty else {
            throw VectorFileError(text: "there is not one vector, handshake or codec in it")
        }
    }

    private static func list(_ name: String, of json: JSONValue) throws(VectorFileError) -> [JSONValue] {
        switch json[name] {
        case nil, .null: return []
        case .array(let items): return items
        case .bool, .number, .string, .object: throw VectorFileError(text: "'\(name)' is not a list")
        }
    }

    /// Every one in order.
    package func run() -> [VectorOutcome] {
        vectors.map { VerificationVector.run($0) } + handshakes.map { HandshakeVector.run($0) }
            + codecs.map { CodecVector.run($0) }
    }
}

package struct VectorFileError: Error, CustomStringConvertible {
    let text: String

    package var description: String { "not a file of vectors: \(text)" }
}

/// What became of one vector.
package struct VectorOutcome: Sendable, Hashable {
    package let id: String
    /// `vector`, `handshake` or `codec`.
    package let kind: String
    package let passed: Bool
    package let expected: String
    package let got: String

    init(_ id: String, _ kind: String, passed: Bool, expected: String, got: String) {
        self.id = id
        self.kind = kind
        self.passed = passed
        self.expected = expected
        self.got = got
    }

    init(_ id: String, _ kind: String, expected: String, got: String) {
        self.init(id, kind, passed: expected == got, expected: expected, got: got)
    }
}

extension JSONValue {
    /// A string's own characters, or a number as it was written.
    var vectorText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .null, .bool, .array, .object: nil
        }
    }

    /// Of a number, also one written with a fraction.
    var vectorInteger: Int64? {
        guard let text = vectorText else { return nil }
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0.rounded(.down)) }
    }

    var vectorID: String { self["id"]?.vectorText ?? "(without id)" }
}

enum VectorRequest {
    static func headers(_ json: JSONValue?) -> WebhookHeaders {
        var headers = WebhookHeaders()
        func add(_ name: String, _ value: JSONValue) {
            if case .array(let several) = value {
                for one in several { headers.append(name, one.vectorText ?? "") }
            } else if value != .null {
                headers.append(name, value.vectorText ?? "")
            }
        }
        switch json {
        case .object(let members)?: for member in members { add(member.name, member.value) }
        case .array(let pairs)?:
            for pair in pairs {
                if case .array(let two) = pair, two.count == 2 { add(two[0].vectorText ?? "", two[1]) }
                if let name = pair["name"]?.vectorText, let value = pair["value"] { add(name, value) }
            }
        case nil, .null, .bool, .number, .string: break
        }
        return headers
    }

    /// nil for an encoding that we don't know, or bytes that aren't in it.
    static func body(_ json: JSONValue?) -> [UInt8]? {
        switch json {
        case nil, .null: return []
        case .string(let text)?: return Array(text.utf8)
        case .object?:
            let value = json?["value"]?.vectorText ?? ""
            switch json?["encoding"]?.vectorText ?? "utf8" {
            case "utf8", "utf-8", "text", "ascii", "raw-utf8": return Array(value.utf8)
            case "base64", "b64": return Base64.decode(value, padding: .optional)
            case "base64url": return Base64.decodeURLSafe(value)
            case "hex": return Hex.decode(value)
            default: return nil
            }
        case .bool?, .number?, .array?: return nil
        }
    }
}
