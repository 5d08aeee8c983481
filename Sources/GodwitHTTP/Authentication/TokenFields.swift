import GodwitCore

extension JSONReader {
    /// nil for all.
    mutating func capabilities() -> [Capability]? {
        guard let named = optional("capabilities", .array(of: JSONShape.choice(Capability.viewBase))) else { return nil }
        if !named.contains(.viewBase) { fail("capabilities", "expected at least ViewBase, which every token has") }
        return Capability.allCases.filter(named.contains)
    }

    mutating func featureFlags() -> [String] {
        set("featureFlags", of: .name, atMost: Limits.featureFlags).value ?? []
    }
}

extension JSONShape where Value == String {
    static var session: Self {
        string.checked { text in
            let isValid =
                (1...Limits.sessionCharacters).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "@"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
            return isValid ? nil : "expected 1 to \(Limits.sessionCharacters) characters of a-z, A-Z, 0-9, @, _ and -"
        }
    }
}
