/// In which order an endpoint gets its messages.
///
/// Order is kept in lines: a delivery that stands in a line is sent only when every earlier one of that line (by the endpoint's
/// sequence number) has left it. The store decides who is first, so order also holds between nodes and over a restart.
package enum OrderPolicy: Hashable, Sendable {
    /// As fast as possible; a retry is overtaken.
    case unordered
    /// One line for the whole endpoint, or one for each key.
    case fifo(OrderKey?, HeadOfLine)

    package var headOfLine: HeadOfLine {
        switch self {
        case .unordered: .block
        case .fifo(_, let rule): rule
        }
    }

    /// The line of a message; nil when it stands in none.
    ///
    /// - Parameter header: looks up a header of the publish request, by its name in lower case.
    package func line(orderingKey: String?, payload: [UInt8], header: (String) -> String?) -> Int64? {
        guard case .fifo(let key, _) = self else { return nil }
        switch key {
        case nil: return Line.wholeEndpoint
        case .orderingKey: return Line.key(of: orderingKey)
        case .pointer(let pointer): return Line.key(of: pointer.text(in: payload))
        case .header(let name): return Line.key(of: header(name))
        }
    }
}

/// Where the key of a line comes from. A message without one stands in the line of all that have none.
package enum OrderKey: Hashable, Sendable {
    /// The message's own `orderingKey`.
    case orderingKey
    /// A value in the payload.
    case pointer(JSONPointer)
    /// A header of the publish request, in lower case.
    case header(String)
}

/// What happens to those behind while the first of a line fails.
package enum HeadOfLine: Hashable, Sendable {
    /// They wait until it is delivered, or has become a dead letter by its schedule.
    case block
    /// They wait for this many attempts; after them it leaves the line, and is retried beside it.
    case skip(afterAttempts: Int)
    /// They wait until it is delivered; as a dead letter it stays at the head, until it is replayed with success or released.
    case park
}

/// The numbers of lines. Two keys with one number share a line, which costs them speed and nothing else.
package enum Line {
    /// Also the line of messages without a key.
    package static let wholeEndpoint: Int64 = 0

    /// FNV-1a: it has to spread keys, not to resist an attack.
    package static func key(of text: String?) -> Int64 {
        guard let text else { return wholeEndpoint }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // Spread over the upper bits too, and never the line of those without a key.
        hash = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return Int64(bitPattern: hash == 0 ? 1 : hash)
    }
}
