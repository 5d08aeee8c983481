import GodwitCore

/// The page on which the holder of a token looks after an application's endpoints.
enum PortalLink {
    /// What the page needs is behind the `#`, which browsers keep to themselves: no server and no log on the way sees the token.
    static func url(base: String, application: ApplicationID, token: String) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("appId", application)
            writer.field("token", token)
            writer.field("serverUrl", base)
        }
        return base + "/app-portal#key=" + base64URL(writer.finish())
    }

    /// RFC 4648 §5, without padding.
    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0...group.count { text.append(alphabet[Int(bits >> (18 - 6 * UInt32(place)) & 0x3F)]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension APIRequest {
    /// Scheme and authority of this server's pages: the setting, or where the request came to.
    var publicURL: String { service.publicURL ?? "http://" + (authority.flatMap { $0.isEmpty ? nil : $0 } ?? "127.0.0.1") }
}
