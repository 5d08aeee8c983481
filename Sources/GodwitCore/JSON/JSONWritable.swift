/// What has a form in JSON. An answer of the API is written by the type that it shows.
package protocol JSONWritable {
    /// Writes exactly one value.
    func write(to writer: inout JSONWriter)
}

/// Bytes that are JSON already, such as a stored payload. They are written as they stand.
package struct RawJSON: JSONWritable, Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func write(to writer: inout JSONWriter) { writer.raw(bytes) }
}

extension String: JSONWritable {
    package func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Bool: JSONWritable {
    package func write(to writer: inout JSONWriter) { writer.bool(self) }
}

extension JSONWritable where Self: FixedWidthInteger {
    package func write(to writer: inout JSONWriter) { writer.integer(self) }
}

extension Int: JSONWritable {}
extension Int64: JSONWritable {}
extension UInt64: JSONWritable {}
extension UInt32: JSONWritable {}
extension UInt16: JSONWritable {}

extension Optional: JSONWritable where Wrapped: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .some(let value): value.write(to: &writer)
        case .none: writer.null()
        }
    }
}

extension Array: JSONWritable where Element: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.array { writer in
            for item in self { item.write(to: &writer) }
        }
    }
}

/// Sorted by name, so that the same map is the same text every time.
extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, value) in self.sorted(by: { $0.key < $1.key }) {
                writer.name(name)
                value.write(to: &writer)
            }
        }
    }
}

/// As RFC 3339 text in UTC.
extension Instant: JSONWritable {
    package func write(to writer: inout JSONWriter) { writer.plainString(RFC3339.format(self)) }
}

extension Identifier: JSONWritable {
    package func write(to writer: inout JSONWriter) { writer.plainString(description) }
}
