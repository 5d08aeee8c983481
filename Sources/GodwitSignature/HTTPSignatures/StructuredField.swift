/// Structured Field Values (RFC 9651): what HTTP message signatures are written in.
enum StructuredField {
    enum BareItem: Hashable {
        case integer(Int64)
        /// As it is written canonically.
        case decimal(String)
        case string(String)
        case token(String)
        case bytes([UInt8])
        case boolean(Bool)
        case date(Int64)
    }

    struct Parameters: Hashable {
        /// In order; a name that comes again takes the former's place in value, not in order.
        private(set) var pairs: [(name: String, value: BareItem)] = []

        subscript(name: String) -> BareItem? { pairs.first { $0.name == name }?.value }

        mutating func set(_ name: String, _ value: BareItem) {
            if let index = pairs.firstIndex(where: { $0.name == name }) {
                pairs[index].value = value
            } else {
                pairs.append((name, value))
            }
        }

        static func == (left: Self, right: Self) -> Bool {
            left.pairs.count == right.pairs.count && zip(left.pairs, right.pairs).allSatisfy { $0 == $1 }
        }

        func hash(into hasher: inout Hasher) {
            for pair in pairs {
                hasher.combine(pair.name)
                hasher.combine(pair.value)
            }
        }
    }

    struct Item: Hashable {
        var value: BareItem
        var parameters = Parameters()
    }

    enum Member: Hashable {
        case item(Item)
        case innerList([Item], Parameters)
    }

    struct DictionaryMember {
        let name: String
        let member: Member
        /// As it was received, behind the equals sign.
        let text: String
    }

    static func dictionary(_ text: String) -> [DictionaryMember]? {
        var parser = StructuredFieldParser(text)
        return parser.dictionary()
    }

    static func list(_ text: String) -> [Member]? {
        var parser = StructuredFieldParser(text)
        return parser.list()
    }

    /// The strict form of a field whose kind nobody told us (RFC 9421 §2.1.1): as dictionary, list or item, whatever it is first.
    static func canonical(_ text: String) -> String? {
        if let members = dictionary(text) {
            return members.map { member in
                if case .item(let item) = member.member, item.value == .boolean(true) {
                    return member.name + serialise(item.parameters)
                }
                return "\(member.name)=\(serialise(member.member))"
            }.joined(separator: ", ")
        }
        return list(text).map { members in members.map { serialise($0) }.joined(separator: ", ") }
    }

    static func serialise(_ member: Member) -> String {
        switch member {
        case .item(let item): serialise(item)
        case .innerList(let items, let parameters):
            "(" + items.map { serialise($0) }.joined(separator: " ") + ")" + serialise(parameters)
        }
    }

    static func serialise(_ item: Item) -> String { serialise(item.value) + serialise(item.parameters) }

    static func serialise(_ parameters: Parameters) -> String {
        parameters.pairs.map { $0.value == .boolean(true) ? ";\($0.name)" : ";\($0.name)=\(serialise($0.value))" }.joined()
    }

    static func serialise(_ item: BareItem) -> String {
        switch item {
        case .integer(let value): String(value)
        case .decimal(let text), .token(let text): text
        case .string(let text):
            "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
        case .bytes(let bytes): ":\(Base64.encode(bytes)):"
        case .boolean(let value): value ? "?1" : "?0"
        case .date(let seconds): "@\(seconds)"
        }
    }
}
