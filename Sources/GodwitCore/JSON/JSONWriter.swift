/// Appends JSON to bytes, without white space. Commas come by themselves; that names and values alternate is the caller's part.
///
/// ```
/// var writer = JSONWriter()
/// writer.object { writer in
///     writer.field("id", message.id)
///     writer.field("eventId", ifPresent: message.eventID)
/// }
/// ```
package struct JSONWriter: ~Copyable {
    /// What was written so far.
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// - Parameter reserving: bytes to make room for.
    package init(reserving: Int = 256) {
        bytes = []
        bytes.reserveCapacity(reserving)
    }

    /// The finished text.
    package consuming func finish() -> [UInt8] { bytes }

    package static func write(_ value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        value.write(to: &writer)
        return writer.finish()
    }

    // MARK: Containers

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "{"))
        members(&self)
        end(UInt8(ascii: "}"))
    }

    package mutating func array(_ items: (inout JSONWriter) -> Void) {
        begin(UInt8(ascii: "["))
        items(&self)
        end(UInt8(ascii: "]"))
    }

    // MARK: Members

    /// An optional value that is nil is written as `null`; to leave the member out, see `field(_:ifPresent:)`.
    package mutating func field(_ name: StaticString, _ value: some JSONWritable) {
        self.name(name)
        value.write(to: &self)
    }

    /// Writes no member at all when there is no value.
    package mutating func field(_ name: StaticString, ifPresent value: (some JSONWritable)?) {
        guard let value else { return }
        field(name, value)
    }

    package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
        self.name(name)
        object(members)
    }

    package mutating func array(_ name: StaticString, _ items: (inout JSONWriter) -> Void) {
        self.name(name)
        array(items)
    }

    /// A name of ours, which needs no escape; its value comes next.
    package mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A name that came from outside; its value comes next.
    package mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    package mutating func null() { word("null") }

    package mutating func bool(_ value: Bool) { word(value ? "true" : "false") }

    package mutating func integer(_ value: some FixedWidthInteger) {
        separate()
        appendUTF8(of: String(value))
    }

    /// Only what JSON demands is escaped: the quote, the backslash and U+0000...U+001F (RFC 8259 §7).
    package mutating func string(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count {
                let byte = unsafe utf8[index]
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                unsafe bytes.append(contentsOf: utf8[start..<index])
                escape(byte)
                start = index + 1
            }
            unsafe bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Text that holds nothing to escape: digits, identifiers, timestamps.
    package mutating func plainString(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendUTF8(of: text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A value that is JSON already, as it stands.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    // MARK: Bytes

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func word(_ word: StaticString) {
        separate()
        word.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func appendUTF8(of text: String) {
        var text = text
        text.withUTF8 { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x00..<0x20:
            let digits: StaticString = "0123456789abcdef"
            appendUTF8(of: "u00")
            unsafe bytes.append(digits.utf8Start[Int(byte >> 4)])
            unsafe bytes.append(digits.utf8Start[Int(byte & 0xF)])
        default: bytes.append(byte)
        }
    }
}
