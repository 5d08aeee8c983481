extension OrderPolicy: JSONWritable {
    private enum Mode: String, CaseIterable {
        case unordered
        case fifo
        case fifoPerKey = "fifo-per-key"
    }

    private enum Rule: String, CaseIterable { case block, skip, park }

    package init(_ reader: inout JSONReader) {
        let mode = reader.optional("mode", JSONShape<Mode>.choice(.unordered)) ?? .unordered
        let key = reader.optional("key", .orderKey)
        let rule = reader.optional("headOfLine", JSONShape<Rule>.choice(.block))
        let skipAfter = reader.optional("skipAfter", .int(in: Limits.skipAfterAttempts))
        reader.refuseOthers(than: "mode", "key", "headOfLine", "skipAfter")
        if key != nil, mode != .fifoPerKey { reader.fail("key", "only the mode fifo-per-key has a key") }
        if mode == .unordered, rule != nil { reader.fail("headOfLine", "only an order has a head of line") }
        if skipAfter != nil, rule != .skip { reader.fail("skipAfter", "only headOfLine skip has it") }
        let headOfLine: HeadOfLine
        switch rule {
        case .block, nil: headOfLine = .block
        case .park: headOfLine = .park
        case .skip:
            if skipAfter == nil { reader.fail("skipAfter", "this field is required with headOfLine skip") }
            headOfLine = .skip(afterAttempts: skipAfter ?? 1)
        }
        switch mode {
        case .unordered: self = .unordered
        case .fifo: self = .fifo(nil, headOfLine)
        case .fifoPerKey: self = .fifo(key ?? .orderingKey, headOfLine)
        }
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            guard case .fifo(let key, let rule) = self else { return writer.field("mode", Mode.unordered.rawValue) }
            writer.field("mode", (key == nil ? Mode.fifo : .fifoPerKey).rawValue)
            writer.field("key", ifPresent: key)
            switch rule {
            case .block: writer.field("headOfLine", Rule.block.rawValue)
            case .park: writer.field("headOfLine", Rule.park.rawValue)
            case .skip(let attempts):
                writer.field("headOfLine", Rule.skip.rawValue)
                writer.field("skipAfter", attempts)
            }
        }
    }
}

extension OrderKey: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            switch self {
            case .orderingKey: writer.field("from", "ordering-key")
            case .pointer(let pointer):
                writer.field("from", "pointer")
                writer.field("pointer", pointer.description)
            case .header(let name):
                writer.field("from", "header")
                writer.field("header", name)
            }
        }
    }
}

extension JSONShape where Value == OrderKey {
    fileprivate static var orderKey: Self {
        .object(placeholder: .orderingKey) { reader in
            let from = reader.required("from", .string)
            let pointer = reader.optional("pointer", .pointer)
            let header = reader.optional("header", .headerName)
            reader.refuseOthers(than: "from", "pointer", "header")
            switch (from, pointer, header) {
            case ("ordering-key", nil, nil): return .orderingKey
            case ("pointer", let pointer??, nil): return .pointer(pointer)
            case ("header", nil, let name?): return .header(name.lowercased())
            default: reader.fail("from", "expected ordering-key, pointer with a pointer, or header with a header")
            }
            return .orderingKey
        }
    }
}

extension JSONShape where Value == JSONPointer? {
    fileprivate static var pointer: Self {
        JSONShape<String>.string.converted(placeholder: nil) { text in
            JSONPointer(text).map { .accepted($0) }
                ?? .refused("expected a JSON pointer (RFC 6901) like /order/id, of at most \(Limits.pointerBytes) bytes")
        }
    }
}

extension JSONShape where Value == String {
    /// A token (RFC 9110 §5.6.2).
    fileprivate static var headerName: Self {
        string.checked { text in
            let isToken = text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
            return !text.isEmpty && text.utf8.count <= Limits.nameCharacters && isToken ? nil : "expected the name of a header"
        }
    }
}
