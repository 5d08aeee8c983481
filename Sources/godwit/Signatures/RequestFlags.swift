import ArgumentParser
import GodwitSignature

/// The request whose signature it is about.
struct RequestFlags: ParsableArguments {
    @Option(name: [.customShort("H"), .long], help: "A header: 'Name: value'. May be repeated.") var header: [String] = []
    @Option(help: "A file with the body, byte for byte; - for standard input, which is the default.") var body: String?
    @Option(help: "The body itself.") var data: String?
    @Option(help: "A file with a whole HTTP/1.1 request: request line, headers, an empty line, body. Other flags add to it.")
    var request: String?
    @Option(help: "The method; POST by default.") var method: String?
    @Option(help: "The URL as the sender knows it, which some schemes sign.") var url: String?
    @Option(help: "The status code, when the message is a response (rfc9421).") var status: Int?

    func validate() throws {
        if [body != nil, data != nil, request != nil].count(where: { $0 }) > 1 {
            throw ValidationError("give the body once: with --body, --data or --request")
        }
    }

    func read() throws -> WebhookRequest {
        var message =
            try request.map { try RecordedRequest.parse(try InputFile.read($0)) } ?? WebhookRequest(headers: [:], body: [])
        if request == nil { message.body = try data.map { Array($0.utf8) } ?? InputFile.read(body ?? "-") }
        for line in header { try RecordedRequest.add(line, to: &message.headers) }
        if let method { message.method = method }
        if let url { message.url = url }
        if status != nil { message.status = status }
        return message
    }
}

/// A request in the form in which HTTP/1.1 sends it.
enum RecordedRequest {
    static func parse(_ bytes: [UInt8]) throws -> WebhookRequest {
        var rest = bytes[...]
        let first = line(&rest).split(separator: " ")
        guard first.count == 3, first[2].hasPrefix("HTTP/") else {
            throw ValidationError("the request doesn't begin with a request line, like 'POST /hook HTTP/1.1'")
        }
        var headers = WebhookHeaders()
        while true {
            guard !rest.isEmpty else { throw ValidationError("there is no empty line behind the request's headers") }
            let line = line(&rest)
            if line.isEmpty { break }
            try add(line, to: &headers)
        }
        var url = String(first[1])
        // A proxy's or a TLS listener's recording has a path; most schemes that sign the URL mean all of it.
        if url.hasPrefix("/"), let host = headers["host"] { url = "https://\(host)\(url)" }
        return WebhookRequest(method: String(first[0]), url: url, headers: headers, body: Array(rest))
    }

    static func add(_ line: String, to headers: inout WebhookHeaders) throws {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
            throw ValidationError("'\(line)' is not a header: write 'Name: value'")
        }
        headers.append(String(line[..<colon]), String(line[line.index(after: colon)...]))
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) -> String {
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        var line = rest[rest.startIndex..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        rest = rest[min(end + 1, rest.endIndex)...]
        return String(decoding: line, as: UTF8.self)
    }
}
