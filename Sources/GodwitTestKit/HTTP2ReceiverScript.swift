/// What a scripted HTTP/2 receiver does with one request.
package enum HTTP2Action: Sendable {
    /// A whole response.
    case status(Int, headers: [(String, String)] = [], body: [UInt8] = [])
    /// Reads the request, and nothing more happens.
    case hang
    /// These frames; then the connection is closed, if asked for.
    case frames([ScriptedFrame], thenClose: Bool = false)
    /// These frames again and again, until the connection is closed.
    case endless([ScriptedFrame], after: [ScriptedFrame] = [])

    package static let ok = HTTP2Action.status(200)
}

/// A frame in bytes, right or wrong.
package struct ScriptedFrame: Sendable {
    package enum Place: Sendable {
        case connection
        /// The stream of the request.
        case stream
    }

    package var type: UInt8
    package var flags: UInt8
    package var place: Place
    package var payload: [UInt8]

    package init(type: UInt8, flags: UInt8 = 0, place: Place, payload: [UInt8]) {
        self.type = type
        self.flags = flags
        self.place = place
        self.payload = payload
    }

    package static func headers(
        status: Int, _ fields: [(String, String)] = [], endStream: Bool = false, endHeaders: Bool = true
    ) -> ScriptedFrame {
        headers([(":status", "\(status)")] + fields, endStream: endStream, endHeaders: endHeaders)
    }

    package static func headers(
        _ fields: [(String, String)], endStream: Bool = false, endHeaders: Bool = true
    ) -> ScriptedFrame {
        let flags: UInt8 = (endStream ? 1 : 0) | (endHeaders ? 4 : 0)
        return ScriptedFrame(type: 1, flags: flags, place: .stream, payload: fields.flatMap(literal))
    }

    package static func continuation(_ fields: [(String, String)], endHeaders: Bool = false) -> ScriptedFrame {
        ScriptedFrame(type: 9, flags: endHeaders ? 4 : 0, place: .stream, payload: fields.flatMap(literal))
    }

    package static func data(_ bytes: [UInt8], endStream: Bool = false) -> ScriptedFrame {
        ScriptedFrame(type: 0, flags: endStream ? 1 : 0, place: .stream, payload: bytes)
    }

    package static func reset(_ code: UInt32) -> ScriptedFrame {
        ScriptedFrame(type: 3, flags: 0, place: .stream, payload: octets(code))
    }

    package static func goAway(last: UInt32, code: UInt32 = 0) -> ScriptedFrame {
        ScriptedFrame(type: 7, flags: 0, place: .connection, payload: octets(last) + octets(code))
    }

    package static func settings(_ settings: [(UInt16, UInt32)]) -> ScriptedFrame {
        let payload = settings.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xFF)] + octets($0.1) }
        return ScriptedFrame(type: 4, flags: 0, place: .connection, payload: payload)
    }

    package static let settingsAck = ScriptedFrame(type: 4, flags: 1, place: .connection, payload: [])

    package static func ping(ack: Bool = false, _ payload: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]) -> ScriptedFrame {
        ScriptedFrame(type: 6, flags: ack ? 1 : 0, place: .connection, payload: payload)
    }

    package static func windowUpdate(_ place: Place, _ increment: UInt32) -> ScriptedFrame {
        ScriptedFrame(type: 8, flags: 0, place: place, payload: octets(increment))
    }

    package static func octets(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A field that no table remembers, without Huffman's code (RFC 7541 §6.2.2).
    private static func literal(_ field: (String, String)) -> [UInt8] { [0] + string(field.0) + string(field.1) }

    private static func string(_ text: String) -> [UInt8] {
        var length = text.utf8.count
        guard length >= 127 else { return [UInt8(length)] + text.utf8 }
        var bytes: [UInt8] = [127]
        length -= 127
        while length >= 128 {
            bytes.append(UInt8(length & 127 | 128))
            length >>= 7
        }
        return bytes + [UInt8(length)] + text.utf8
    }
}
