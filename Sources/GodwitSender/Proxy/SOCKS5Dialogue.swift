import GodwitCore
import NIOCore

/// SOCKS5 (RFC 1928) with an address, and with user and password (RFC 1929) if there are any.
struct SOCKS5Dialogue {
    private enum State {
        case choosingMethod
        case authenticating
        case connecting
    }

    private let address: IPAddress
    private let port: UInt16
    private let credentials: ProxyConfiguration.Credentials?
    private var state = State.choosingMethod

    init(to address: IPAddress, port: UInt16, credentials: ProxyConfiguration.Credentials?) {
        self.address = address
        self.port = port
        self.credentials = credentials
    }

    var firstWords: ByteBuffer { ByteBuffer(bytes: credentials == nil ? [5, 1, 0] : [5, 2, 0, 2]) }

    mutating func read(_ bytes: inout ByteBuffer) -> ProxyDialogue.Step {
        switch state {
        case .choosingMethod: methodChosen(&bytes)
        case .authenticating: authenticated(&bytes)
        case .connecting: Self.connected(&bytes)
        }
    }

    private mutating func methodChosen(_ bytes: inout ByteBuffer) -> ProxyDialogue.Step {
        guard let (version, method) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .more }
        guard version == 5 else { return .refused("it doesn't speak SOCKS5") }
        switch (method, credentials) {
        case (0, _):
            state = .connecting
            return .say(connectRequest)
        case (2, let credentials?):
            state = .authenticating
            let user = [UInt8(credentials.user.count)] + credentials.user
            return .say(ByteBuffer(bytes: [1] + user + [UInt8(credentials.password.count)] + credentials.password))
        default:
            return .refused(credentials == nil ? "it demands credentials" : "it doesn't take a user and a password")
        }
    }

    private mutating func authenticated(_ bytes: inout ByteBuffer) -> ProxyDialogue.Step {
        guard let (_, status) = bytes.readMultipleIntegers(as: (UInt8, UInt8).self) else { return .more }
        guard status == 0 else { return .refused("it demands other credentials") }
        state = .connecting
        return .say(connectRequest)
    }

    private var connectRequest: ByteBuffer {
        let kind: UInt8 =
            switch address {
            case .v4: 1
            case .v6: 4
            }
        return ByteBuffer(bytes: [5, 1, 0, kind] + address.bytes + [UInt8(port >> 8), UInt8(port & 0xFF)])
    }

    private static func connected(_ bytes: inout ByteBuffer) -> ProxyDialogue.Step {
        let answer = bytes.readableBytesView
        guard answer.count >= 5 else { return .more }
        let start = answer.startIndex
        guard answer[start] == 5 else { return .refused("it doesn't speak SOCKS5") }
        guard answer[start + 1] == 0 else { return .refused(refusal(answer[start + 1])) }
        // The address from which the proxy connects follows; it is of no use to us.
        let addressBytes: Int
        switch answer[start + 3] {
        case 1: addressBytes = 4
        case 3: addressBytes = 1 + Int(answer[start + 4])
        case 4: addressBytes = 16
        default: return .refused("its answer isn't SOCKS5")
        }
        guard answer.count >= 4 + addressBytes + 2 else { return .more }
        bytes.moveReaderIndex(forwardBy: 4 + addressBytes + 2)
        return .done
    }

    private static func refusal(_ code: UInt8) -> String {
        switch code {
        case 2: "its rules don't allow the connection"
        case 3: "the network is unreachable from it"
        case 4: "the receiver is unreachable from it"
        case 5: "the receiver refused its connection"
        case 6: "the receiver didn't answer it"
        default: "it failed with code \(code)"
        }
    }
}
