import GodwitCore
import NIOCore

/// What is said to a proxy until its connection to the target stands. Decides only; bytes go in and out.
enum ProxyDialogue {
    enum Step {
        /// What has been read isn't enough.
        case more
        case say(ByteBuffer)
        /// From here on the connection is the target's.
        case done
        case refused(String)
    }

    case connect(ConnectDialogue)
    case socks5(SOCKS5Dialogue)

    /// - Parameter address: the one that was judged. A name would be resolved again by the proxy, to whatever it likes.
    init(_ proxy: ProxyConfiguration, to address: IPAddress, port: UInt16) {
        switch proxy.kind {
        case .http: self = .connect(ConnectDialogue(to: address, port: port, credentials: proxy.credentials))
        case .socks5: self = .socks5(SOCKS5Dialogue(to: address, port: port, credentials: proxy.credentials))
        }
    }

    var firstWords: ByteBuffer {
        switch self {
        case .connect(let dialogue): dialogue.firstWords
        case .socks5(let dialogue): dialogue.firstWords
        }
    }

    /// Takes what it understood from the buffer.
    mutating func read(_ bytes: inout ByteBuffer) -> Step {
        switch self {
        case .connect(let dialogue):
            return dialogue.read(&bytes)
        case .socks5(var dialogue):
            defer { self = .socks5(dialogue) }
            return dialogue.read(&bytes)
        }
    }
}
