/// One step of the schema. Its text never changes once it was released: a store that has run it knows its checksum.
struct Migration: Sendable {
    let number: Int64
    let name: String
    let sql: String

    static let all = [m0001Foundation, m0002Policies, m0003Surface, m0004Lists]

    /// FNV-1a over the text: it has to notice an edit, not to resist an attack.
    var checksum: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
