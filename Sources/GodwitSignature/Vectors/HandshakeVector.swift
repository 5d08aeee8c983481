import GodwitCore

/// One handshake and its answer.
enum HandshakeVector {
    static func run(_ json: JSONValue) -> VectorOutcome {
        let id = json.vectorID
        let expectation = json["expected_response"] ?? .null
        let expected = VectorRequest.headers(expectation["headers"])
        let name = json["provider"]?.vectorText ?? ""
        guard let provider = Provider(named: name) else {
            return VectorOutcome(id, "handshake", passed: false, expected: "an answer", got: "unknown provider \(name)")
        }
        let request = json["request"] ?? .null
        var headers = VectorRequest.headers(request["headers"])
        if let type = request["content_type"]?.vectorText { headers.append("content-type", type) }
        guard let body = VectorRequest.body(request["body"]) else {
            return VectorOutcome(
                id, "handshake", passed: false, expected: "an answer", got: "the body is in an unknown encoding")
        }
        // What a receiver allows is its own decision, which the file shows only by the answer.
        var policy = HandshakePolicy()
        if headers["webhook-request-origin"] != nil {
            policy.allowedOrigins = expected["webhook-allowed-origin"].map { [$0] } ?? []
            policy.allowedRatePerMinute = expected["webhook-allowed-rate"].flatMap { Int($0) }
            policy.allowedMethods = (expected["allow"] ?? "POST").split(separator: ",").map { String($0.trimmedOWS) }
        }
        if expectation["status"]?.vectorInteger == 404 { policy.topics = [] }
        let responder = HandshakeResponder(
            provider, secret: json["secret"]?.vectorText ?? json["secret"]?["value"]?.vectorText, policy: policy)
        let handshake = responder.handshake(
            in: WebhookRequest(
                method: request["method"]?.vectorText ?? "POST", url: request["url"]?.vectorText, headers: headers, body: body))
        switch handshake {
        case nil: return VectorOutcome(id, "handshake", passed: false, expected: "an answer", got: "not a handshake")
        case .confirm(let url)?:
            return VectorOutcome(
                id, "handshake", passed: expectation["status"]?.vectorInteger.map { $0 == 200 } ?? true,
                expected: "a confirmation",
                got: "GET \(url)")
        case .answer(let response, _)?:
            let difference = difference(response, expectation, expected)
            return VectorOutcome(
                id, "handshake", passed: difference == nil, expected: "the answer in the file",
                got: difference ?? "the answer in the file")
        }
    }

    private static func difference(
        _ response: HandshakeResponse, _ expectation: JSONValue, _ expected: WebhookHeaders
    ) -> String? {
        let headers = WebhookHeaders(response.headers)
        if let status = expectation["status"]?.vectorInteger, status != response.status { return "status \(response.status)" }
        if let type = expectation["content_type"]?.vectorText, headers["content-type"]?.hasPrefix(type) != true {
            return "content-type \(headers["content-type"] ?? "missing")"
        }
        for field in expected.fields where headers[field.name] != field.value {
            return "\(field.name) \(headers[field.name] ?? "missing")"
        }
        // Without this header nothing is granted, so that it must not be there when it isn't expected.
        if expected["webhook-allowed-origin"] == nil, headers["webhook-allowed-origin"] != nil { return "granted" }
        if let body = expectation["body"]?.vectorText, !isSame(response.body, body) {
            return "body \(String(decoding: response.body, as: UTF8.self))"
        }
        return nil
    }

    private static func isSame(_ body: [UInt8], _ expected: String) -> Bool {
        if body == Array(expected.utf8) { return true }
        guard let left = try? JSONValue.parse(body), let right = try? JSONValue.parse(Array(expected.utf8)) else {
            return false
        }
        return left == right
    }
}
