import GodwitCore

/// Which custom request headers an endpoint may have. What is accepted here is sent as it is, so this is where a name or value
/// that could split a request, shadow a signature or confuse a proxy is stopped.
enum HeaderRule {
    private static let forbidden: Set<String> = [
        "user-agent", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "trailers",
        "transfer-encoding", "upgrade", "age", "cache-control", "clear-site-data", "expires", "pragma", "warning",
        "content-length", "content-type", "content-encoding", "content-language", "content-location", "host", "connection",
        "expect", "proxy-connection",
    ]
    private static let forbiddenPrefixes = [
        "x-amz-", "x-amzn-", "x-google", "x-goog-", "x-gfe", "x-azure-", "x-fd-", "x-svix-", "svix-", "webhook-",
    ]
    private static let sensitive: Set<String> = [
        "x-auth-token", "x-api-key", "www-authenticate", "authorization", "proxy-authenticate", "proxy-authorization", "cookie",
    ]

    static let tooMany = "expected at most \(Limits.customHeaders) headers"

    static func isSensitive(_ name: String) -> Bool { sensitive.contains(name.lowercased()) }

    /// nil when all headers may be sent.
    static func complaint(_ headers: StringMap) -> String? {
        guard headers.count <= Limits.customHeaders else { return tooMany }
        let names = headers.entries.map { $0.key.lowercased() }
        guard Set(names).count == names.count else { return "a name stands here twice, in upper and lower case" }
        for entry in headers.entries {
            if let complaint = complaint(name: entry.key) ?? complaint(value: entry.value) { return complaint }
        }
        return nil
    }

    private static func complaint(name: String) -> String? {
        guard (1...Limits.nameCharacters).contains(name.utf8.count), name.utf8.allSatisfy(isTokenByte) else {
            return "Invalid Header Name."
        }
        let name = name.lowercased()
        if forbidden.contains(name) { return "Header uses a forbidden key: \(name)" }
        if forbiddenPrefixes.contains(where: name.hasPrefix) { return "Header starts with a forbidden prefix: \(name)" }
        return nil
    }

    /// Never repeats the value, which may be a secret.
    private static func complaint(value: String) -> String? {
        guard value.utf8.count <= Limits.headerValueBytes else {
            return "Header values must not be longer than \(Limits.headerValueBytes) bytes."
        }
        let space = UInt8(ascii: " ")
        guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), value.utf8.first != space, value.utf8.last != space else {
            return "Header values must be visible ASCII, without a space at either end."
        }
        return nil
    }

    /// RFC 9110 §5.6.2
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension JSONShape where Value == StringMap {
    static var headers: Self {
        JSONShape<[String: String]>.stringMap.converted(placeholder: StringMap()) { map in
            let headers = StringMap(sorted: map)
            return HeaderRule.complaint(headers).map { .refused($0) } ?? .accepted(headers)
        }
    }
}
