package import GodwitCore

/// One event as it came: from a feed, over HTTP, or from a cassette.
package struct ListenEvent: Hashable, Sendable {
    package let method: String
    package let path: String
    package var headers: [EventHeader]
    package let body: [UInt8]
    /// Empty when nothing says it.
    package let eventType: String
    package let receivedAt: Instant

    package init(method: String, path: String, headers: [EventHeader], body: [UInt8], eventType: String? = nil, at now: Instant)
    {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.eventType = eventType ?? Self.eventType(of: body)
        receivedAt = now
    }

    package init(_ item: FeedItem, at now: Instant) {
        self.init(method: "POST", path: "/", headers: item.headers, body: item.body, eventType: item.eventType, at: now)
    }

    /// Of several with one name, the first. The names are compared without regard to case.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    package var id: String { header("webhook-id") ?? header("svix-id") ?? "" }
    package var sequence: UInt64? { header("webhook-sequence").flatMap(UInt64.init) }

    /// A copy with another value in place of every header of that name.
    package func with(_ name: String, _ value: String) -> ListenEvent {
        var copy = self
        copy.headers.removeAll { $0.name.lowercased() == name }
        copy.headers.append(EventHeader(name, value))
        return copy
    }

    /// What goes on to another receiver: not what belongs to one connection only (RFC 9110 §7.6.1).
    package var forwardedHeaders: [EventHeader] {
        let hopByHop: Set = [
            "host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer", "expect",
            "proxy-connection", "proxy-authorization",
        ]
        return headers.filter { !hopByHop.contains($0.name.lowercased()) }
    }

    /// Where senders write it: `type` (Standard Webhooks), `eventType` (Toss Payments), `event`.
    private static func eventType(of body: [UInt8]) -> String {
        guard let json = try? JSONValue.parse(body) else { return "" }
        return ["type", "eventType", "event"].lazy.compactMap { json[$0]?.string }.first ?? ""
    }
}

// MARK: Cassettes

/// A line of a cassette: a JSON object with everything that is needed to let the event come again.
extension ListenEvent: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("receivedAt", receivedAt)
            writer.field("method", method)
            writer.field("path", path)
            writer.field("eventType", eventType)
            writer.array("headers") { writer in
                for header in headers { [header.name, header.value].write(to: &writer) }
            }
            EventBody.write(body, to: &writer)
        }
    }

    package struct NotRecorded: Error, Hashable, CustomStringConvertible {
        package let line: Int

        package var description: String { "line \(line) is not an event of a cassette" }
    }

    /// - Parameter number: of the line, for the error.
    package init(line: some Sequence<UInt8>, number: Int) throws(NotRecorded) {
        guard let json = try? JSONValue.parse(Array(line)), let method = json["method"]?.string,
            let path = json["path"]?.string, let at = json["receivedAt"]?.string.flatMap(RFC3339.parse),
            case .array(let pairs)? = json["headers"], let body = EventBody.read(json)
        else { throw NotRecorded(line: number) }
        var headers: [EventHeader] = []
        for pair in pairs {
            guard case .array(let pair) = pair, pair.count == 2, let name = pair[0].string, let value = pair[1].string,
                EventHeader.isValid(name, value)
            else { throw NotRecorded(line: number) }
            headers.append(EventHeader(name, value))
        }
        self.init(
            method: method, path: path, headers: headers, body: body, eventType: json["eventType"]?.string, at: at)
    }

    /// All events of a cassette. Empty lines are passed over.
    package static func cassette(_ bytes: [UInt8]) throws(NotRecorded) -> [ListenEvent] {
        var events: [ListenEvent] = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else { continue }
            events.append(try ListenEvent(line: line, number: index + 1))
        }
        return events
    }
}

extension EventHeader {
    /// Whether it may go on the wire (RFC 9110 §5.5, §5.6.2): a cassette is a file that anybody may edit.
    static func isValid(_ name: String, _ value: String) -> Bool {
        let marks = "!#$%&'*+-.^_`|~"
        return !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || marks.utf8.contains(byte)
            } && value.utf8.allSatisfy { $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) }
    }
}
