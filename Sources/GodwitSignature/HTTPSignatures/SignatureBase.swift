/// The text that an HTTP message signature signs (RFC 9421 §2.5).
enum SignatureBase {
    /// - Parameters:
    ///   - components: the covered ones with their parameters, in order.
    ///   - parameters: the inner list and its parameters as they stand in `Signature-Input`, byte for byte.
    static func make(
        _ components: [StructuredField.Item], parameters: String, of request: WebhookRequest
    ) throws(VerificationError) -> [UInt8] {
        guard components.count <= SignatureLimits.coveredComponents else { throw .tooLarge("the list of components") }
        var base = ""
        var seen: Set<StructuredField.Item> = []
        for component in components {
            guard case .string(let name) = component.value, name == name.lowercased(), !name.isEmpty else {
                throw .malformedSignature
            }
            guard seen.insert(component).inserted else { throw .malformedSignature }
            let value = try value(name, component.parameters, request)
            guard value.utf8.allSatisfy({ $0 != 0x0A && $0 != 0x0D }) else { throw .missingComponent(name) }
            base += "\(StructuredField.serialise(component)): \(value)\n"
        }
        base += "\"@signature-params\": \(parameters)"
        return Array(base.utf8)
    }

    private static func value(
        _ name: String, _ parameters: StructuredField.Parameters, _ request: WebhookRequest
    ) throws(VerificationError) -> String {
        // The request behind a response and trailers are not at hand.
        if parameters["req"] != nil || parameters["tr"] != nil { throw .missingComponent(name) }
        return name.hasPrefix("@") ? try derived(name, parameters, request) : try field(name, parameters, request)
    }

    private static func derived(
        _ name: String, _ parameters: StructuredField.Parameters, _ request: WebhookRequest
    ) throws(VerificationError) -> String {
        if let status = request.status {
            guard name == "@status" else { throw .missingComponent(name) }
            return String(status)
        }
        let url = request.parsedURL
        let value: String? =
            switch name {
            case "@method": request.method.isEmpty ? nil : request.method
            case "@authority": authority(request)
            case "@scheme": url?.scheme
            case "@path": url?.path
            case "@query": url.map { "?" + ($0.query ?? "") }
            case "@request-target": url.map { $0.path + ($0.query.map { "?" + $0 } ?? "") }
            case "@target-uri": url?.scheme == nil ? nil : request.url.map { String($0.prefix { $0 != "#" }) }
            case "@query-param": try queryParameter(parameters, url)
            default: nil
            }
        guard let value else { throw .missingComponent(name) }
        return value
    }

    /// In lower case, without the scheme's own port.
    private static func authority(_ request: WebhookRequest) -> String? {
        let url = request.parsedURL
        guard var authority = (url?.authority ?? request.headers["host"])?.lowercased(), !authority.isEmpty else { return nil }
        if let port = RequestURL.defaultPort(of: url?.scheme ?? "https"), authority.hasSuffix(":" + port) {
            authority.removeLast(port.count + 1)
        }
        return authority
    }

    /// §2.2.8: a parameter that comes twice can't be told apart, so it can't be covered.
    private static func queryParameter(
        _ parameters: StructuredField.Parameters, _ url: RequestURL?
    ) throws(VerificationError) -> String? {
        guard case .string(let encodedName)? = parameters["name"] else { throw .malformedSignature }
        let values = PercentEncoding.formPairs(url?.query ?? "").filter { encode($0.name) == encodedName }
        return values.count == 1 ? encode(values[0].value) : nil
    }

    private static func encode(_ text: String) -> String {
        PercentEncoding.encode(text.utf8) { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    private static func field(
        _ name: String, _ parameters: StructuredField.Parameters, _ request: WebhookRequest
    ) throws(VerificationError) -> String {
        let values = request.headers.values(name)
        guard !values.isEmpty else { throw .missingComponent(name) }
        if parameters["bs"] != nil {
            guard parameters["sf"] == nil, parameters["key"] == nil else { throw .malformedSignature }
            return values.map { ":\(Base64.encode(Array($0.utf8))):" }.joined(separator: ", ")
        }
        let combined = values.joined(separator: ", ")
        if let key = parameters["key"] {
            guard case .string(let key) = key else { throw .malformedSignature }
            guard let member = StructuredField.dictionary(combined)?.first(where: { $0.name == key }) else {
                throw .missingComponent(name)
            }
            return StructuredField.serialise(member.member)
        }
        if parameters["sf"] != nil {
            guard let canonical = StructuredField.canonical(combined) else { throw .missingComponent(name) }
            return canonical
        }
        // §2.5: a signature base is ASCII.
        guard combined.utf8.allSatisfy({ $0 < 0x80 }) else { throw .missingComponent(name) }
        return combined
    }
}
