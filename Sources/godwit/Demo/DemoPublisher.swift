import GodwitCore

/// Registers, publishes and watches, through the API like any other client.
struct DemoPublisher {
    private let address: Server.Address
    private let receiverURL: String
    private let client: LocalClient
    private var application = ""
    private var published: [String: (event: DemoEvent, at: ContinuousClock.Instant)] = [:]

    struct UnexpectedAnswer: Error, CustomStringConvertible {
        let description: String
    }

    init(address: Server.Address, receiverURL: String) {
        self.address = address
        self.receiverURL = receiverURL
        client = LocalClient(url: address.url)
    }

    mutating func register(at receiver: DemoReceiver) async throws {
        Console.say("server      \(address.url)")
        application = try await post("/app", #"{"name":"Demo shop"}"#)["id"]?.text ?? ""
        for event in DemoEvent.all {
            _ = try await post("/event-type", #"{"name":"\#(event.type)","description":"\#(event.description)"}"#)
        }
        for path in ["/orders", "/ledger"] {
            let endpoint = try await post("/app/\(application)/endpoint", #"{"url":"\#(receiverURL)\#(path)"}"#)
            let secret = try await send("GET", "/app/\(application)/endpoint/\(endpoint["id"]?.text ?? "")/secret", "")
            try receiver.expect(path: path, secret: secret["key"]?.text ?? "")
            Console.say("registered  \(receiverURL)\(path)\(path == "/ledger" ? "   (will fail twice, then succeed)" : "")")
        }
        Console.say()
    }

    mutating func publish() async throws {
        for event in DemoEvent.all {
            let sentAt = ContinuousClock.now
            let message = try await post(
                "/app/\(application)/msg", #"{"eventType":"\#(event.type)","payload":\#(event.payload)}"#)
            published[message["id"]?.text ?? ""] = (event, sentAt)
        }
    }

    /// Prints each delivery as it arrives. Returns true once every event was verified and answered with success at every URL.
    func watch(_ arrivals: AsyncStream<DemoArrival>) async -> Bool {
        var delivered: Set<String> = []
        var retries = 0
        var refused = 0
        for await arrival in arrivals {
            guard let (event, sentAt) = published[arrival.messageID] else {
                refused += 1
                continue
            }
            Console.say(Self.line(arrival, event, since: sentAt))
            if !arrival.isVerified { refused += 1 }
            if arrival.attempt != "1" { retries += 1 }
            if arrival.status < 300, arrival.isVerified { delivered.insert(arrival.messageID + arrival.path) }
            if delivered.count == DemoEvent.all.count * 2 { break }
        }
        Console.say(
            """

            \(DemoEvent.all.count) events published, \(delivered.count) of \(DemoEvent.all.count * 2) deliveries made and verified, \
            \(retries) of them by retry, \(refused) signatures refused.
            """)
        return delivered.count == DemoEvent.all.count * 2 && refused == 0
    }

    private static func line(_ arrival: DemoArrival, _ event: DemoEvent, since sentAt: ContinuousClock.Instant) -> String {
        let micros = (arrival.at - sentAt).components.attoseconds / 1_000_000_000_000
        let milliseconds = Double((arrival.at - sentAt).components.seconds) * 1000 + Double(micros) / 1000
        let tenths = Int((milliseconds * 10).rounded())
        return [
            event.type.padded(to: 26), arrival.messageID, arrival.path, "\(arrival.status)",
            "\(tenths / 10).\(tenths % 10) ms".padded(to: 11), "attempt \(arrival.attempt)", "sequence \(arrival.sequence)",
            arrival.isVerified ? "signature verified" : "SIGNATURE REFUSED",
        ].joined(separator: "  ")
    }

    private func post(_ path: String, _ body: String) async throws -> JSONValue { try await send("POST", path, body) }

    private func send(_ method: String, _ path: String, _ body: String) async throws -> JSONValue {
        let answer = try await client.request(method, "/api/v1\(path)", token: address.token, body: Array(body.utf8))
        guard (200..<300).contains(answer.status) else {
            let text = String(decoding: answer.body, as: UTF8.self)
            throw UnexpectedAnswer(description: "\(method) \(path) was answered with \(answer.status): \(text)")
        }
        return try JSONValue.parse(answer.body)
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
