import GodwitCore

/// One value in two forms.
enum CodecVector {
    static func run(_ json: JSONValue) -> VectorOutcome {
        let id = json.vectorID
        func outcome(_ expected: String?, _ got: String?) -> VectorOutcome {
            VectorOutcome(id, "codec", expected: expected ?? "refused", got: got ?? "refused")
        }
        switch json["type"]?.vectorText {
        case "cloudevents-http-header":
            let decoded = json["decoded"]?.vectorText ?? ""
            let encoded = CloudEventsHeader.encode(decoded)
            guard CloudEventsHeader.decode(encoded) == decoded else {
                return outcome(decoded, CloudEventsHeader.decode(encoded))
            }
            return outcome(json["encoded"]?.vectorText, encoded)
        case "cloudevents-http-header-decode":
            return outcome(json["decoded"]?.vectorText, CloudEventsHeader.decode(json["encoded"]?.vectorText ?? ""))
        case "key":
            if let text = json["whsk"]?.vectorText {
                return outcome(json["whpk"]?.vectorText, (try? SigningSecret(text))?.publicText)
            }
            let isValid: Bool
            if let text = json["whsec"]?.vectorText {
                isValid = (try? SigningSecret(text))?.kind == .hmacSHA256
            } else {
                isValid = (json["whpk"]?.vectorText).map { (try? VerificationKey($0)) != nil } ?? false
            }
            return outcome(json["valid"] == .bool(false) ? nil : "accepted", isValid ? "accepted" : nil)
        case "retry-after":
            let now = Instant(millisecondsSince1970: (json["now"]?.vectorInteger ?? 0) * 1000)
            let delay = RetryAfter(json["value"]?.vectorText ?? "")?.delay(from: now)
            return outcome(json["delay_s"]?.vectorInteger.map { String($0) }, delay.map { String($0.wholeMilliseconds / 1000) })
        case "content-digest":
            let header = json["header"]?.vectorText ?? ""
            let request = WebhookRequest(
                headers: ["content-digest": header], body: VectorRequest.body(json["body"]) ?? [])
            return outcome(
                json["valid"] == .bool(false) ? nil : "accepted", (try? ContentDigest.check(request)).map { "accepted" })
        case let type:
            return VectorOutcome(id, "codec", passed: false, expected: "a known type", got: "type \(type ?? "missing")")
        }
    }
}
