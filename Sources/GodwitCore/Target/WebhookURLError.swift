/// Why a text is not accepted as an endpoint's URL. The message never repeats the text: a URL may hold a secret.
package enum WebhookURLError: Error, Hashable, Sendable {
    case tooLong
    case unsupportedScheme
    case character(UInt8, offset: Int)
    case backslash
    case nonASCIIHost
    case userInfo
    case fragment
    case missingHost
    case hostTooLong
    case hostName
    case numericHost
    case ipv6Literal
    case port
}

extension WebhookURLError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLong: "the URL is longer than \(Limits.urlBytes) bytes"
        case .unsupportedScheme: "the URL must start with https:// or http://"
        case .character(let byte, let offset):
            "the URL holds a character that must be percent-encoded (byte 0x\(String(byte, radix: 16)) at \(offset))"
        case .backslash: "the URL holds a backslash, which programs read in different ways; write %5C"
        case .nonASCIIHost: "the host name holds letters outside ASCII; write it in punycode (xn--…)"
        case .userInfo: "the URL holds a user name or password; use a custom header of the endpoint instead"
        case .fragment: "the URL holds a fragment (#…), which is never sent; write %23 if it belongs to the path"
        case .missingHost: "the URL has no host"
        case .hostTooLong: "the host name is longer than 253 bytes, or one of its labels longer than 63"
        case .hostName: "the host is not a valid DNS name"
        case .numericHost: "the host looks like a number but isn't an IPv4 address of four decimal parts"
        case .ipv6Literal: "the host in brackets is not a valid IPv6 address without a zone"
        case .port: "the port must be a number from 1 to 65535"
        }
    }
}
