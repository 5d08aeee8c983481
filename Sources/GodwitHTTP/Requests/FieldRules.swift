import GodwitCore

/// What texts must look like, each with the complaint that a caller reads.
extension JSONShape where Value == String {
    /// Event types, and names of the caller's own.
    static var name: Self { string.checked(NameRule.complaint) }
    static var channel: Self { string.checked { Name.isValidChannel($0) ? nil : "expected \(NameRule.channel)" } }
    static var tag: Self { string.checked { NameRule.isValidTag($0) ? nil : "expected \(NameRule.tag)" } }

    /// A caller's own name for a thing, which must not look like an identifier of ours.
    static func uid<Kind: Identified>(of kind: Kind.Type) -> Self {
        let prefix = kind.prefix.description
        return name.checked { text in
            text.hasPrefix(prefix) ? NameRule.looksLikeIdentifier : nil
        }
    }

    /// For people. Control characters are refused: nothing on a page or in a log can show them.
    static func text(atMost limit: Int) -> Self {
        string.checked { text in
            if text.utf8.count > limit { return "expected at most \(limit) bytes" }
            return text.utf8.contains { $0 <= 0x08 } ? "Control characters 0x00-0x08 not allowed." : nil
        }
    }
}

extension JSONShape where Value == [String] {
    /// Each item once, in the order in which they came first.
    static func set(of item: JSONShape<String>, atMost limit: Int) -> Self {
        array(of: item).checked { $0.count > limit ? "expected at most \(limit) items" : nil }
    }
}

extension JSONShape where Value == StringMap {
    static var metadata: Self {
        JSONShape<[String: String]>.stringMap.converted(placeholder: StringMap()) { map in
            let metadata = StringMap(sorted: map)
            return JSONWriter.write(metadata).count > Limits.metadataBytes
                ? .refused("expected at most \(Limits.metadataBytes) bytes of JSON") : .accepted(metadata)
        }
    }
}

extension JSONReader {
    /// An empty list is the same as none: it filters nothing.
    mutating func set(_ name: StaticString, of item: JSONShape<String>, atMost limit: Int) -> Field<[String]> {
        let field = field(name, .set(of: item, atMost: limit)).map { $0.removingRepetitions() }
        return field.value?.isEmpty == true ? .null : field
    }

    /// What this server doesn't do must not seem to work.
    mutating func refuse(_ names: StaticString...) {
        for name in names {
            if case .value = field(name, .raw) {
                fail(name, "This server doesn't support \(name). Leave it out, or give null.")
            }
        }
    }
}

enum NameRule {
    static let looksLikeIdentifier = "Uids are not allowed to have the same prefix as the ID. Prefix with _?"
    static let name = "a name of 1 to \(Limits.nameCharacters) of a-z, A-Z, 0-9, -, _ and ."
    static let channel = "a name of 1 to \(Limits.channelCharacters) of a-z, A-Z, 0-9, -, _, ., : and +"
    static let tag = "a name of 1 to \(Limits.tagCharacters) of a-z, A-Z, 0-9, -, _, ., /, \\ and #"

    /// nil when the text is a name.
    static func complaint(_ text: String) -> String? {
        if Name.isValid(text) { return nil }
        if text.utf8.count > Limits.nameCharacters { return "String too long: at most \(Limits.nameCharacters) characters" }
        return "String must match the following pattern: [a-zA-Z0-9\\-_.]."
    }

    static func isValidTag(_ text: String) -> Bool {
        guard (1...Limits.tagCharacters).contains(text.utf8.count) else { return false }
        let rest = text.filter { !"/\\#".contains($0) }
        return rest.isEmpty || Name.isValid(rest)
    }
}

extension Field {
    var isPresent: Bool { if case .absent = self { false } else { true } }

    /// What a PATCH does to a value that may be cleared.
    func apply(to target: inout Value?) {
        if isPresent { target = value }
    }
}

extension [String] {
    /// Each once, in the order in which they came first.
    func removingRepetitions() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

extension StringMap: JSONWritable {
    /// Sorted by key, so that the same members give the same map.
    init(sorted members: [String: String]) {
        self.init(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for entry in entries {
                writer.name(entry.key)
                entry.value.write(to: &writer)
            }
        }
    }
}
