import GodwitSignature
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test(
        "encodes and decodes the vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded, padding: .required) == Array(plain.utf8))
        let bare = encoded.prefix { $0 != "=" }
        #expect(Base64.decode(bare, padding: .optional) == Array(plain.utf8))
        #expect((Base64.decode(bare, padding: .required) == nil) == (bare.count % 4 != 0))
    }

    @Test("brings back every byte at every place", arguments: 0..<3)
    func allBytes(offset: Int) {
        let bytes = Array(repeating: UInt8(0), count: offset) + Array(0...255)
        #expect(Base64.decode(Base64.encode(bytes), padding: .required) == bytes)
        #expect(Base64.encode([0xFB, 0xFF, 0xBF]) == "+/+/")
    }

    @Test(
        "refuses everything but the one text of a value",
        arguments: [
            "Z", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8==", "====", "=", "==", "Zm9v=", "Zm9v==", "Zm9v====", "Zg==Zg==", "Zm 9v",
            "Zm9v\n",
            "Zm9-", "Zm9_", "Zm9\u{0}", "Zé==", "Zg=Z",
        ])
    func refuses(text: String) {
        #expect(Base64.decode(text, padding: .required) == nil)
        #expect(Base64.decode(text, padding: .optional) == nil)
    }
}
