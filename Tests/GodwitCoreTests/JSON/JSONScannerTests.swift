import GodwitCore
import Testing

@Suite("JSON scanner")
struct JSONScannerTests {
    @Test(
        "accepts what RFC 8259 calls JSON",
        arguments: [
            "null", "true", "false", "0", "-0", "-1", "1.5", "1e3", "1E+3", "1e-3", "-0.0e-0", "123456789012345678901234567890",
            "1e99999999", "0.1", "\"\"", "\"a\"", "\"\u{7F}\"", "[]", "{}", " [ ] ", "\t{\n}\r", "[1,2]", "[[],[]]",
            #"{"a":1}"#, #"{"":0}"#, #"{"a":{"b":[null,{"c":"d"}]}}"#, #"{"a":1,"a":2}"#,
            #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\uD83D\uDE00""#, #""\ud800""#, #""\udc00\ud800""#,
            "\"\u{E9}\u{20AC}\u{1F600}\"", "\"\u{2028}\u{2029}\"", "\"\u{FFFF}\u{10FFFF}\u{D7FF}\u{E000}\"",
            "\"12345678\"", "\"1234567\"", "\"123456789012345678901234567890\"", #""1234567\n""#, #""12345678\n""#,
        ])
    func acceptsValid(text: String) throws {
        try JSONScanner.check(Array(text.utf8).span)
        try JSONScanner.check(Array((" \n" + text + "\t ").utf8).span)
    }

    @Test(
        "refuses what is not JSON, and says where and why",
        arguments: [
            ("", 0, .empty), ("  \n", 3, .empty), ("\u{FEFF}{}", 0, .byteOrderMark),
            ("nul", 3, .unexpectedEnd), ("nulL", 0, .valueExpected), ("True", 0, .valueExpected), ("NaN", 0, .valueExpected),
            ("Infinity", 0, .valueExpected), ("'a'", 0, .valueExpected), ("nullx", 4, .trailingBytes),
            ("1 2", 2, .trailingBytes),
            ("-", 1, .unexpectedEnd), ("-a", 1, .malformedNumber), ("+1", 0, .valueExpected), (".5", 0, .valueExpected),
            ("01", 2, .malformedNumber), ("-01", 3, .malformedNumber), ("1.", 2, .unexpectedEnd), ("1.e1", 2, .malformedNumber),
            ("1e", 2, .unexpectedEnd), ("1e+", 3, .unexpectedEnd), ("[1e+]", 4, .malformedNumber), ("0x1", 1, .trailingBytes),
            ("-Infinity", 1, .malformedNumber), ("1\u{0}", 1, .trailingBytes),
            ("\"", 1, .unexpectedEnd), ("\"abc", 4, .unexpectedEnd), ("\"12345678", 9, .unexpectedEnd),
            ("\"a\nb\"", 2, .controlCharacter), ("\"\u{0}\"", 1, .controlCharacter),
            ("\"1234567\u{1F}\"", 8, .controlCharacter),
            (#""\"#, 2, .unexpectedEnd), (#""\x""#, 2, .malformedEscape), (#""\u12"#, 5, .unexpectedEnd),
            (#""\u12""#, 5, .malformedEscape), (#""\u12G4""#, 5, .malformedEscape), (#""\'""#, 2, .malformedEscape),
            ("[", 1, .unexpectedEnd), ("]", 0, .valueExpected), ("[1", 2, .unexpectedEnd), ("[1,]", 3, .valueExpected),
            ("[,1]", 1, .valueExpected), ("[1 2]", 3, .commaOrBracketExpected), ("[1}", 2, .commaOrBracketExpected),
            ("[1,,2]", 3, .valueExpected), ("[]]", 2, .trailingBytes), ("[1,", 3, .unexpectedEnd),
            ("{", 1, .unexpectedEnd), ("}", 0, .valueExpected), ("{a:1}", 1, .nameExpected), ("{1:1}", 1, .nameExpected),
            (#"{"a"}"#, 4, .colonExpected), (#"{"a":}"#, 5, .valueExpected), (#"{"a":1,}"#, 7, .nameExpected),
            (#"{"a":1"#, 6, .unexpectedEnd), (#"{"a":"#, 5, .unexpectedEnd), (#"{"a""#, 4, .unexpectedEnd),
            (#"{"a":1 "b":2}"#, 7, .commaOrBraceExpected), (#"{"a":1]"#, 6, .commaOrBraceExpected), ("{,}", 1, .nameExpected),
            (#"{"a":1}}"#, 7, .trailingBytes), (#"{"a":1}x"#, 7, .trailingBytes), (#"{"a" 1}"#, 5, .colonExpected),
            ("/* */ 1", 0, .valueExpected), ("[1] // c", 4, .trailingBytes), ("\u{A0}1", 0, .valueExpected),
            ("\u{C}1", 0, .valueExpected),
        ] as [(String, Int, JSONError.Reason)])
    func refusesInvalid(text: String, offset: Int, reason: JSONError.Reason) {
        #expect(throws: JSONError(offset: offset, reason: reason)) { try JSONScanner.check(Array(text.utf8).span) }
        #expect(throws: JSONError(offset: offset, reason: reason)) { try JSONValue.parse(Array(text.utf8)) }
    }

    @Test(
        "refuses every class of malformed UTF-8 inside a string",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x41], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func refusesMalformedUTF8(sequence: [UInt8]) {
        // At each distance from the start, so that each place within a word of eight bytes is met.
        for distance in 0..<9 {
            let front = [UInt8(ascii: "\"")] + Array(repeating: UInt8(ascii: "x"), count: distance)
            let expected = JSONError(offset: front.count, reason: .malformedUTF8)
            #expect(throws: expected) { try JSONScanner.check((front + sequence + Array("\"".utf8)).span) }
            #expect(throws: expected) { try JSONScanner.check((front + sequence).span) }
        }
    }

    @Test("finds a byte that ends or spoils a string at every place in a word", arguments: 0..<24)
    func findsByteAnywhere(distance: Int) throws {
        let run = Array(repeating: UInt8(ascii: "!"), count: distance)
        let tail = Array(repeating: UInt8(ascii: "#"), count: 24)
        try JSONScanner.check(([UInt8(ascii: "\"")] + run + tail + [UInt8(ascii: "\"")]).span)
        #expect(throws: JSONError(offset: distance + 2, reason: .trailingBytes)) {
            try JSONScanner.check((Array("\"".utf8) + run + Array("\"".utf8) + tail).span)
        }
        #expect(throws: JSONError(offset: distance + 1, reason: .controlCharacter)) {
            try JSONScanner.check((Array("\"".utf8) + run + [0x1F] + tail).span)
        }
        #expect(throws: JSONError(offset: distance + 2, reason: .malformedEscape)) {
            try JSONScanner.check((Array("\"".utf8) + run + Array("\\".utf8) + tail).span)
        }
    }

    @Test("accepts nesting up to the limit and refuses one more", arguments: [("[", "]"), (#"{"a":"#, "}")])
    func bounds(open: String, close: String) throws {
        func nested(_ depth: Int) -> [UInt8] {
            let innermost = open == "[" ? "" : "0"
            return Array(
                (String(repeating: open, count: depth) + innermost + String(repeating: close, count: depth)).utf8)
        }
        try JSONScanner.check(nested(Limits.jsonDepth).span)
        let atLimit = try JSONValue.parse(nested(Limits.jsonDepth))
        #expect(JSONWriter.write(atLimit) == nested(Limits.jsonDepth))
        let expected = JSONError(offset: Limits.jsonDepth * open.utf8.count, reason: .tooDeep)
        #expect(throws: expected) { try JSONScanner.check(nested(Limits.jsonDepth + 1).span) }
        #expect(throws: expected) { try JSONScanner.check(Array(String(repeating: open, count: 300_000).utf8).span) }
    }

    @Test("hands out each member's name, kind and exact bytes")
    func members() throws {
        let text = #" { "a" : 1.50 , "b":[ 1, {"c":2} ],"d" : {"e":"}"} ,"f":"x\"y","g":true,"h":false,"i": null ,"":""} "#
        let bytes = Array(text.utf8)
        let members = try walk(bytes)
        #expect(members.map { part($0.name, of: bytes) } == ["a", "b", "d", "f", "g", "h", "i", ""])
        #expect(
            members.map { part($0.value, of: bytes) } == [
                "1.50", #"[ 1, {"c":2} ]"#, #"{"e":"}"}"#, #""x\"y""#, "true", "false", "null", #""""#,
            ])
        #expect(members.map(\.kind) == [.number, .array, .object, .string, .true, .false, .null, .string])
    }

    @Test("knows a member's name also when it is written with escapes")
    func escapedName() throws {
        let bytes = Array(#"{"n\u0061me":1,"name":2,"names":3,"nam":4}"#.utf8)
        #expect(try walk(bytes).map { $0.isNamed("name", in: bytes.span) } == [true, true, false, false])
    }

    @Test(
        "tells the kind of an outermost value that isn't an object", arguments: ["[1]", "\"s\"", "7", "true", "false", "null"])
    func outermostKinds(text: String) throws {
        var scanner = JSONScanner()
        let kind = try scanner.open(Array(text.utf8).span)
        #expect(kind == (try JSONValue.parse(Array(text.utf8))).kind)
    }

    private func walk(_ bytes: [UInt8]) throws -> [JSONMember] {
        var scanner = JSONScanner()
        #expect(try scanner.open(bytes.span) == .object)
        var members: [JSONMember] = []
        while let member = try scanner.nextMember(bytes.span) { members.append(member) }
        return members
    }

    private func part(_ range: Range<Int>, of bytes: [UInt8]) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
