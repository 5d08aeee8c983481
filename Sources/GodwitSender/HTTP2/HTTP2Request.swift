import NIOCore
import NIOHPACK

/// The HTTP/1.1 request that the caller assembled, as header fields and a body for HTTP/2 (RFC 9113 §8.3.1).
struct HTTP2Request {
    let headers: HPACKHeaders
    let body: ByteBuffer

    /// nil when the head isn't one of HTTP/1.1.
    init?(_ request: ByteBuffer) {
        var rest = request
        guard let start = Self.readLine(&rest)?.split(separator: UInt8(ascii: " ")), start.count == 3 else { return nil }
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(16)
        var authority: String?
        while true {
            guard let line = Self.readLine(&rest) else { return nil }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let name = String(decoding: line[..<colon], as: Unicode.UTF8.self).lowercased()
            let value = Self.trimmed(line[(colon + 1)...])
            switch name {
            case "host": authority = value
            // These are about one connection, and forbidden here (RFC 9113 §8.2.2).
            case "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade": break
            default: fields.append((name, value))
            }
        }
        guard let authority else { return nil }
        var headers = HPACKHeaders()
        headers.reserveCapacity(fields.count + 4)
        headers.add(name: ":method", value: String(decoding: start[0], as: Unicode.UTF8.self))
        headers.add(name: ":scheme", value: "https")
        headers.add(name: ":authority", value: authority)
        headers.add(name: ":path", value: String(decoding: start[1], as: Unicode.UTF8.self))
        for (name, value) in fields { headers.add(name: name, value: value, indexing: Self.indexing(of: name)) }
        self.headers = headers
        body = rest
    }

    /// What differs from request to request would only push the rest out of the table that both sides keep; what may be a
    /// secret must not be in it at all (RFC 7541 §7.1.3).
    private static func indexing(of name: String) -> HPACKIndexing {
        switch name {
        case "accept", "content-type", "user-agent": .indexable
        case "authorization", "cookie": .neverIndexed
        case "content-length": .nonIndexable
        default: name.hasPrefix("webhook-") || name.hasPrefix("svix-") ? .nonIndexable : .neverIndexed
        }
    }

    /// Without its end.
    private static func readLine(_ bytes: inout ByteBuffer) -> ByteBufferView? {
        let view = bytes.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")), end > view.startIndex, view[end - 1] == UInt8(ascii: "\r")
        else {
            return nil
        }
        bytes.moveReaderIndex(forwardBy: end + 1 - view.startIndex)
        return view[..<(end - 1)]
    }

    private static func trimmed(_ bytes: ByteBufferView) -> String {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var part = bytes.drop(while: isSpace)
        while let last = part.last, isSpace(last) { part = part.dropLast() }
        return String(decoding: part, as: Unicode.UTF8.self)
    }
}
