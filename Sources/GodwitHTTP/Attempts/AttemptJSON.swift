import GodwitCore
import GodwitSignature
import GodwitStore

struct AttemptOut: JSONWritable {
    let record: AttemptRecord
    private let message: MessageID
    private let endpoint: EndpointID
    private let content: Message?
    private let withContent: Bool

    /// nil for an attempt whose message or endpoint can't be named.
    init?(_ record: AttemptRecord, _ identities: AttemptIdentities, withContent: Bool) {
        guard let message = identities.messages[record.delivery.message],
            let endpoint = identities.endpoints[record.delivery.endpoint]
        else { return nil }
        self.record = record
        self.message = message
        self.endpoint = endpoint
        content = identities.contents[record.delivery.message]
        self.withContent = withContent
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in writeMembers(to: &writer) }
    }

    func writeMembers(to writer: inout JSONWriter) {
        writer.field("id", record.id)
        writer.field("msgId", message)
        writer.field("endpointId", endpoint)
        writer.field("url", record.url)
        writer.field("status", record.status.rawValue)
        writer.field("statusText", record.status.text)
        writer.field("response", withContent ? record.outcome.text : "{}")
        writer.field("responseStatusCode", record.outcome.statusCode)
        writer.field("responseDurationMs", Int(record.timings.total / 1000))
        writer.field("triggerType", record.trigger.rawValue)
        writer.field("timestamp", record.startedAt)
        writer.field("msg", ifPresent: content.map { MessageOut(message: $0, withContent: false) })
        // Beside what the SDKs read.
        writer.field("attemptNumber", record.number)
        writer.field("nextAttempt", record.nextAttempt)
        writer.field("failure", record.outcome.failure)
        writer.field("timings", record.timings)
    }
}

extension AttemptRecord {
    fileprivate var status: AttemptStatus {
        if succeeded { return .success }
        return nextAttempt == nil ? .fail : .sending
    }
}

extension AttemptStatus {
    var text: String {
        switch self {
        case .success: "success"
        case .pending: "pending"
        case .canceled: "canceled"
        case .fail: "fail"
        case .sending: "sending"
        }
    }
}

extension AttemptOutcome {
    /// 0 when there was no response.
    fileprivate var statusCode: Int {
        switch self {
        case .responded(let response): Int(response.status)
        case .failed: 0
        }
    }

    /// The response's body; base64 of it when it isn't text; or why there is none.
    fileprivate var text: String {
        switch self {
        case .responded(let response): Self.text(response.body)
        case .failed(let failure): failure.detail
        }
    }

    private static func text(_ body: [UInt8]) -> String {
        // A body that was cut may end within a character, which is no reason to show none of it as text.
        for cut in 0...3 where cut <= body.count && (cut == 0 || isBegunCharacter(body.suffix(cut))) {
            if let text = String(validating: body.dropLast(cut), as: UTF8.self) { return text }
        }
        return Base64.encode(body)
    }

    /// The first bytes of a character in UTF-8, and not all of them.
    private static func isBegunCharacter(_ bytes: ArraySlice<UInt8>) -> Bool {
        let length =
            switch bytes.first ?? 0 {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        return bytes.count < length && bytes.dropFirst().allSatisfy { 0x80...0xBF ~= $0 }
    }

    fileprivate var failure: TransportFailure? {
        switch self {
        case .responded: nil
        case .failed(let failure): failure
        }
    }
}

extension TransportFailure: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("code", code.rawValue)
            writer.field("detail", detail)
        }
    }
}

/// In microseconds; a phase that didn't happen is null.
extension AttemptTimings: JSONWritable {
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("resolve", resolve)
            writer.field("connect", connect)
            writer.field("tls", tls)
            writer.field("firstByte", firstByte)
            writer.field("total", total)
        }
    }
}
