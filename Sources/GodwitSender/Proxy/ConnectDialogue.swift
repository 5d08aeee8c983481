import GodwitCore
import NIOCore

/// `CONNECT address:port` (RFC 9110 §9.3.6).
struct ConnectDialogue {
    let firstWords: ByteBuffer

    init(to address: IPAddress, port: UInt16, credentials: ProxyConfiguration.Credentials?) {
        let place = "\(WebhookURL.Host.address(address)):\(port)"
        var words = "CONNECT \(place) HTTP/1.1\r\nHost: \(place)\r\n"
        if let credentials {
            words +=
                "Proxy-Authorization: Basic \(Self.base64(credentials.user + [UInt8(ascii: ":")] + credentials.password))\r\n"
        }
        firstWords = ByteBuffer(string: words + "\r\n")
    }

    func read(_ bytes: inout ByteBuffer) -> ProxyDialogue.Step {
        let view = bytes.readableBytesView
        let end = Array("\r\n\r\n".utf8)
        guard let start = view.indices.first(where: { view[$0...].starts(with: end) }),
            start - view.startIndex <= Limits.proxyAnswerBytes
        else {
            return view.count < Limits.proxyAnswerBytes ? .more : .refused("its answer is too long")
        }
        let head = bytes.readString(length: start - view.startIndex + end.count) ?? ""
        let words = (head.split(whereSeparator: \.isNewline).first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = UInt16(words[1]), words[1].utf8.count == 3 else {
            return .refused("its answer isn't HTTP/1.1")
        }
        switch status {
        case 200...299: return .done
        case 407: return .refused("it demands other credentials (status 407)")
        default: return .refused("it answered with status \(status)")
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            for place in 0...group.count { text.append(digits[Int(value >> (18 - 6 * UInt32(place)) & 63)]) }
            text += String(repeating: "=", count: 3 - group.count)
        }
        return text
    }
}
