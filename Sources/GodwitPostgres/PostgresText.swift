#if Postgres
/// PostgreSQL keeps every character in a text but U+0000, which JSON and so our API allow. It is written as the noncharacter U+FDD0,
/// which the Unicode Standard sets aside for a program's own use, and a digit; and so is U+FDD0 itself.
enum PostgresText {
    private static let mark: [UInt8] = [0xEF, 0xB7, 0x90]

    /// Escapes what was appended from `start` on.
    static func escape(_ bytes: inout [UInt8], from start: Int) {
        guard needsEscape(bytes, from: start) else { return }
        let plain = bytes[start...]
        var escaped: [UInt8] = []
        var index = plain.startIndex
        while index < plain.endIndex {
            if plain[index] == 0 {
                escaped += mark + [UInt8(ascii: "0")]
                index += 1
            } else if plain[index...].starts(with: mark) {
                escaped += mark + [UInt8(ascii: "1")]
                index += mark.count
            } else {
                escaped.append(plain[index])
                index += 1
            }
        }
        bytes.replaceSubrange(start..., with: escaped)
    }

    /// What stands in a column of texts.
    static func read(_ column: UnsafeRawBufferPointer) -> [UInt8] {
        let bytes = unsafe [UInt8](column)
        guard hasMark(bytes, from: 0) else { return bytes }
        var plain: [UInt8] = []
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index...].starts(with: mark), index + mark.count < bytes.endIndex else {
                plain.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + mark.count] == UInt8(ascii: "0") { plain.append(0) } else { plain += mark }
            index += mark.count + 1
        }
        return plain
    }

    private static func needsEscape(_ bytes: [UInt8], from start: Int) -> Bool {
        for index in start..<bytes.count where bytes[index] == 0 { return true }
        return hasMark(bytes, from: start)
    }

    private static func hasMark(_ bytes: [UInt8], from start: Int) -> Bool {
        var index = start
        while index + 2 < bytes.count {
            if bytes[index] == mark[0], bytes[index + 1] == mark[1], bytes[index + 2] == mark[2] { return true }
            index += 1
        }
        return false
    }
}
#endif
