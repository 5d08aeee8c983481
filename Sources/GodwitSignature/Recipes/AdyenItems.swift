import GodwitCore

/// Adyen's payment notifications: each item of the body has a signature over eight of its fields.
struct AdyenItemsCheck: SchemeCheck {
    let keys: [KeyedHMAC]

    func applies(to request: WebhookRequest) -> Bool {
        request.headers["hmacsignature"] == nil && (try? AdyenItems.read(request.body)) != nil
    }

    func check(_ request: WebhookRequest, at nowSeconds: Int64) throws(VerificationError) -> Finding {
        for item in try AdyenItems.read(request.body) {
            guard case .string(let text)? = item["additionalData"]?["hmacSignature"], !text.isEmpty else {
                throw .missingHeader("additionalData.hmacSignature")
            }
            guard let signature = Base64.decode(text, padding: .required) else { throw .malformedSignature }
            let content = Array(AdyenItems.signedText(item).utf8)
            let matches = keys.contains { keyed in
                var code = keyed
                code.update(content)
                return code.matches(anyOf: [signature])
            }
            guard matches else { throw .noMatchingSignature }
        }
        return .proved(.signatureWithoutBody, timestampSeconds: nil)
    }
}

enum AdyenItems {
    /// The items of a notification; throws when the body is none, or has none.
    static func read(_ body: [UInt8]) throws(VerificationError) -> [JSONValue] {
        guard body.count <= SignatureLimits.parsedBodyBytes else { throw .tooLarge("the body") }
        guard case .array(let wrapped)? = (try? JSONValue.parse(body))?["notificationItems"], !wrapped.isEmpty else {
            throw .malformedBody
        }
        guard wrapped.count <= SignatureLimits.signedItems else { throw .tooLarge("notificationItems") }
        var items: [JSONValue] = []
        for wrapper in wrapped {
            guard let item = wrapper["NotificationRequestItem"], case .object = item else { throw .malformedBody }
            items.append(item)
        }
        return items
    }

    static func signedText(_ item: JSONValue) -> String {
        let values = [
            item["pspReference"], item["originalReference"], item["merchantAccountCode"], item["merchantReference"],
            item["amount"]?["value"], item["amount"]?["currency"], item["eventCode"], item["success"],
        ]
        return values.map { value in
            switch value {
            case .string(let text)?, .number(let text)?: text
            case .bool(let flag)?: flag ? "true" : "false"
            case nil, .null, .array, .object: ""
            }
        }.joined(separator: ":")
    }
}
