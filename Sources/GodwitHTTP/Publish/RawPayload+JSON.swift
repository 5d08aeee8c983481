import GodwitCore

extension JSONReader {
    /// Of days and hours, one at most.
    mutating func payloadRetention() -> Duration? {
        let days = optional("payloadRetentionPeriod", .int(in: Limits.payloadRetentionDays))
        let hours = optional("payloadRetentionHours", .int(in: Limits.payloadRetentionHours))
        if days != nil, hours != nil {
            fail("payloadRetentionHours", "expected either payloadRetentionPeriod or payloadRetentionHours, not both")
        }
        return (days.map { $0 * 24 } ?? hours).map { .seconds($0 * 3600) }
    }

    /// `transformationsParams`: `rawPayload` is sent in the payload's place, under the content type in `headers`. There is nothing that
    /// other members could tell, for there are no transformations here.
    mutating func rawPayload(insteadOf payload: [UInt8]) -> RawPayload? {
        let read = object("transformationsParams") { reader -> RawPayload? in
            reader.refuseOthers(than: "rawPayload", "headers")
            let body = reader.optional("rawPayload", .string)
            let contentType = reader.optional("headers", .contentType) ?? nil
            guard body != nil || contentType != nil else { return nil }
            return RawPayload(
                body: body.map { Array($0.utf8) } ?? payload, contentType: contentType ?? RawPayload.jsonType)
        }
        return read.value ?? nil
    }
}

extension JSONShape where Value == String? {
    /// The content type among headers, of which there may be no others.
    fileprivate static var contentType: Self {
        JSONShape<[String: String]>.stringMap.converted(placeholder: nil) { headers in
            guard let (name, value) = headers.first else { return .accepted(nil) }
            guard headers.count == 1, name.lowercased() == "content-type" else {
                return .refused("expected content-type and no other header")
            }
            let isSendable = value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && value.contains("/")
            let isTrimmed = value.first != " " && value.last != " "
            guard isSendable, isTrimmed, value.utf8.count <= Limits.contentTypeBytes else {
                return .refused(
                    "expected a content type as in text/plain; charset=utf-8, of at most \(Limits.contentTypeBytes) bytes of visible ASCII"
                )
            }
            return .accepted(value)
        }
    }
}
