/// The parsing algorithms of RFC 9651 §4.2. Any error makes the whole field invalid: every function then returns nil.
struct StructuredFieldParser {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpaces() { while next == 0x20 { offset += 1 } }
    private mutating func skipOWS() { while next == 0x20 || next == 0x09 { offset += 1 } }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }

    mutating func dictionary() -> [StructuredField.DictionaryMember]? {
        var members: [StructuredField.DictionaryMember] = []
        skipSpaces()
        while next != nil {
            guard let name = key() else { return nil }
            var start = offset
            let member: StructuredField.Member
            if take("=") {
                start = offset
                guard let value = self.member() else { return nil }
                member = value
            } else {
                guard let parameters = parameters() else { return nil }
                member = .item(.init(value: .boolean(true), parameters: parameters))
            }
            let entry = StructuredField.DictionaryMember(name: name, member: member, text: text(from: start))
            if let index = members.firstIndex(where: { $0.name == name }) {
                members[index] = entry
            } else {
                members.append(entry)
            }
            guard members.count <= SignatureLimits.coveredComponents, separator() else { return nil }
        }
        return members
    }

    mutating func list() -> [StructuredField.Member]? {
        var members: [StructuredField.Member] = []
        skipSpaces()
        while next != nil {
            guard let value = member() else { return nil }
            members.append(value)
            guard members.count <= SignatureLimits.coveredComponents, separator() else { return nil }
        }
        return members
    }

    /// Behind a member: the end, or a comma and another member.
    private mutating func separator() -> Bool {
        skipOWS()
        guard next != nil else { return true }
        guard take(",") else { return false }
        skipOWS()
        return next != nil
    }

    private mutating func member() -> StructuredField.Member? {
        guard next == UInt8(ascii: "(") else { return item().map { .item($0) } }
        offset += 1
        var items: [StructuredField.Item] = []
        while true {
            skipSpaces()
            if take(")") { break }
            guard items.count < SignatureLimits.coveredComponents, let item = item() else { return nil }
            items.append(item)
            guard next == 0x20 || next == UInt8(ascii: ")") else { return nil }
        }
        return parameters().map { .innerList(items, $0) }
    }

    private mutating func item() -> StructuredField.Item? {
        guard let value = bareItem(), let parameters = parameters() else { return nil }
        return .init(value: value, parameters: parameters)
    }

    private mutating func parameters() -> StructuredField.Parameters? {
        var parameters = StructuredField.Parameters()
        while take(";") {
            skipSpaces()
            guard parameters.pairs.count < SignatureLimits.coveredComponents, let name = key() else { return nil }
            var value = StructuredField.BareItem.boolean(true)
            if take("=") {
                guard let given = bareItem() else { return nil }
                value = given
            }
            parameters.set(name, value)
        }
        return parameters
    }

    private mutating func key() -> String? {
        let start = offset
        guard let first = next, first == UInt8(ascii: "*") || isLower(first) else { return nil }
        while let byte = next, isLower(byte) || isDigit(byte) || "_-.*".utf8.contains(byte) { offset += 1 }
        return text(from: start)
    }

    private mutating func bareItem() -> StructuredField.BareItem? {
        guard let first = next else { return nil }
        switch first {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: ":"): return byteSequence()
        case UInt8(ascii: "?"):
            offset += 1
            if take("1") { return .boolean(true) }
            return take("0") ? .boolean(false) : nil
        case UInt8(ascii: "@"):
            offset += 1
            guard case .integer(let seconds)? = number() else { return nil }
            return .date(seconds)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
        case UInt8(ascii: "*"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            let start = offset
            while let byte = next, isLower(byte | 0x20) || isDigit(byte) || "!#$%&'*+-.^_`|~:/".utf8.contains(byte) {
                offset += 1
            }
            return .token(text(from: start))
        default: return nil
        }
    }

    private mutating func number() -> StructuredField.BareItem? {
        let start = offset
        _ = take("-")
        let digitsStart = offset
        while let byte = next, isDigit(byte) { offset += 1 }
        let whole = offset - digitsStart
        guard whole > 0 else { return nil }
        guard take(".") else {
            guard whole <= 15 else { return nil }
            return Int64(text(from: start)).map { .integer($0) }
        }
        let fractionStart = offset
        while let byte = next, isDigit(byte) { offset += 1 }
        guard whole <= 12, (1...3).contains(offset - fractionStart) else { return nil }
        var canonical = text(from: start)
        while canonical.hasSuffix("0"), !canonical.hasSuffix(".0") { canonical.removeLast() }
        return .decimal(canonical)
    }

    private mutating func string() -> StructuredField.BareItem? {
        offset += 1
        var content: [UInt8] = []
        while let byte = next {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return .string(String(decoding: content, as: UTF8.self))
            case UInt8(ascii: "\\"):
                guard let escaped = next, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else { return nil }
                content.append(escaped)
                offset += 1
            case 0x20...0x7E: content.append(byte)
            default: return nil
            }
        }
        return nil
    }

    private mutating func byteSequence() -> StructuredField.BareItem? {
        offset += 1
        let start = offset
        while let byte = next, byte != UInt8(ascii: ":") { offset += 1 }
        let digits = text(from: start)
        guard take(":") else { return nil }
        return Base64.decode(digits, padding: .optional).map { .bytes($0) }
    }

    private func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
