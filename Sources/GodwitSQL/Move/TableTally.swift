/// How many rows a table has, and a checksum of all of them that doesn't depend on their order: the sum of one for each.
package struct TableTally: Hashable, Sendable {
    package private(set) var rows = 0
    package private(set) var checksum: UInt64 = 0

    package init() {}

    mutating func add(_ row: MovedRow) {
        rows += 1
        checksum &+= RowHash.of(row)
    }
}

/// FNV-1a over the values, each with its kind and length, and then mixed, so that sums of similar rows differ: it has to notice
/// mistakes, not to resist an attack. Both databases give the same values, so the same hash.
private enum RowHash {
    static func of(_ row: MovedRow) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for value in row.values {
            switch value {
            case .null: add(0, to: &hash)
            case .integer(let integer): add(1, word: UInt64(bitPattern: integer), to: &hash)
            case .text(let text): add(2, text, to: &hash)
            case .bytes(let bytes): add(3, bytes, to: &hash)
            }
        }
        // The finalizer of SplitMix64.
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        return hash ^ hash >> 31
    }

    private static func add(_ byte: UInt8, to hash: inout UInt64) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }

    private static func add(_ kind: UInt8, word: UInt64, to hash: inout UInt64) {
        add(kind, to: &hash)
        for shift in stride(from: 0, to: 64, by: 8) { add(UInt8(truncatingIfNeeded: word >> UInt64(shift)), to: &hash) }
    }

    private static func add(_ kind: UInt8, _ bytes: [UInt8], to hash: inout UInt64) {
        add(kind, word: UInt64(bytes.count), to: &hash)
        for byte in bytes { add(byte, to: &hash) }
    }
}
