import GodwitCore
import Testing

@Suite("JSON value")
struct JSONValueTests {
    @Test(
        "resolves escapes into text",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
            (#""\uD83D\uDE00""#, "\u{1F600}"), (#""x\uDBFF\uDFFFy""#, "x\u{10FFFF}y"), (#""\u0000""#, "\u{0}"),
            (#""한글 \n 🎉""#, "한글 \n 🎉"), ("\"plain\"", "plain"),
        ])
    func resolvesEscapes(json: String, text: String) throws {
        #expect(try JSONValue.parse(Array(json.utf8)) == .string(text))
    }

    @Test(
        "puts U+FFFD for a surrogate without its pair",
        arguments: [
            (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"),
            (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
            (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud800\n""#, "\u{FFFD}\n"),
        ])
    func replacesLoneSurrogates(json: String, text: String) throws {
        #expect(try JSONValue.parse(Array(json.utf8)) == .string(text))
    }

    @Test(
        "keeps a number as it was written",
        arguments: ["-0", "1.10", "1E400", "12345678901234567890123456789", "0.1e-7", "9007199254740993"])
    func keepsNumbers(literal: String) throws {
        let value = try JSONValue.parse(Array(literal.utf8))
        #expect(value == .number(literal))
        #expect(JSONWriter.write(value) == Array(literal.utf8))
    }

    @Test("keeps members in their order; the last of a name counts")
    func keepsOrder() throws {
        let json = #"{"b":1,"a":{"c":[]},"b":2}"#
        let value = try JSONValue.parse(Array(json.utf8))
        #expect(String(decoding: JSONWriter.write(value), as: UTF8.self) == json)
        #expect(value["b"] == .number("2"))
        #expect(value["a"]?["c"] == .array([]))
        #expect(value["z"] == nil)
        #expect(JSONValue.null["b"] == nil)
    }

    @Test("comes back unchanged from its own text", arguments: 0..<200 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let value = Self.value(depth: 0, using: &random)
        let bytes = JSONWriter.write(value)
        #expect(try JSONValue.parse(bytes) == value)
    }

    @Test("with any one byte changed, is read or refused alike by scanner and parser", arguments: 0..<50 as Range<UInt64>)
    func mutation(seed: UInt64) {
        var random = Seeded(state: seed)
        let bytes = JSONWriter.write(Self.value(depth: 0, using: &random))
        for _ in 0..<100 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            let scanned = Result { () throws(JSONError) in try JSONScanner.check(changed.span) }
            let parsed = Result { () throws(JSONError) in try JSONValue.parse(changed) }
            #expect(scanned == parsed.map(\.kind))
        }
    }

    private static func value(depth: Int, using random: inout Seeded) -> JSONValue {
        let isDeep = depth > 4
        switch Int.random(in: 0..<(isDeep ? 5 : 8), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(String(Int.random(in: .min ... .max, using: &random)))
        case 3: return .number(["0.5", "-1.25e+10", "1E5", "-0", "0e0"][Int.random(in: 0..<5, using: &random)])
        case 4: return .string(text(using: &random))
        case 5: return .array((0..<Int.random(in: 0..<6, using: &random)).map { _ in value(depth: depth + 1, using: &random) })
        default:
            return .object(
                (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                    .init(text(using: &random), value(depth: depth + 1, using: &random))
                })
        }
    }

    private static func text(using random: inout Seeded) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "Z", "7", " ", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "é", "한", "\u{2028}", "\u{FFFD}",
            "\u{FFFF}", "🎉", "\u{10FFFF}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<24, using: &random) {
            text.unicodeScalars.append(scalars[Int.random(in: 0..<scalars.count, using: &random)])
        }
        return text
    }
}

/// SplitMix64: the same seed gives the same values.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
