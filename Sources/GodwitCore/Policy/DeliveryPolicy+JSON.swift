// A policy's one form in JSON, for the API and for the store. Fields that it doesn't have are refused: a misspelt one would
// silently be the default.

extension DeliveryPolicy {
    /// What is absent or null has its default.
    package init(_ reader: inout JSONReader) {
        self.init()
        response = reader.object("response", ResponseContract.init).value ?? .standard
        timeouts = reader.object("timeouts", TimeoutPolicy.init).value ?? .init()
        retry = reader.optional("retry", .retryPolicy)
        retryByEventType = reader.optional("retryByEventType", .retryByEventType) ?? [:]
        order = reader.object("order", OrderPolicy.init).value ?? .unordered
        batch = reader.optional("batch", .batchPolicy)
        rateLimit = reader.object("rateLimit", RateLimit.init).value ?? .none
        breaker = reader.object("breaker", BreakerPolicy.init).value ?? .init()
        let span = reader.field("disableAfter", .duration(in: Limits.disableAfter))
        if span != .absent { disableAfter = span.value }
        reader.refuseOthers(
            than: "response", "timeouts", "retry", "retryByEventType", "order", "batch", "rateLimit", "breaker", "disableAfter")
    }

    /// - Throws: what is wrong with it, for a caller to read.
    package init(json: [UInt8]) throws(ValidationError) { self = try JSONReader.read(json) { DeliveryPolicy(&$0) } }

    /// This policy with a patch applied in the manner of RFC 7396, where null means what it means in a whole policy. A retry policy,
    /// an order and a batch are replaced as a whole: half of one and half of another would be neither.
    package func merging(_ patch: [UInt8]) throws(ValidationError) -> DeliveryPolicy {
        let merged: JSONValue
        do throws(JSONError) {
            merged = try JSONValue.parse(JSONWriter.write(self)).merging(try JSONValue.parse(patch))
        } catch {
            throw ValidationError(["body"], error)
        }
        return try DeliveryPolicy(json: JSONWriter.write(merged))
    }
}

extension JSONValue {
    fileprivate func merging(_ patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch, case .object(var members) = self else { return patch }
        for change in changes {
            let former = members.last { $0.name == change.name }?.value
            members.removeAll { $0.name == change.name }
            switch change.name {
            case "retry", "order", "batch": members.append(change)
            case "retryByEventType": members.append(Member(change.name, (former ?? .null).replacingMembers(with: change.value)))
            default: members.append(Member(change.name, (former ?? .null).merging(change.value)))
            }
        }
        return .object(members)
    }

    /// Null takes a member away.
    private func replacingMembers(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch, case .object(var members) = self else { return patch }
        for change in changes {
            members.removeAll { $0.name == change.name }
            if change.value != .null { members.append(change) }
        }
        return .object(members)
    }
}

extension DeliveryPolicy: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("response", response)
            writer.field("timeouts", timeouts)
            writer.field("retry", retry)
            writer.field("retryByEventType", retryByEventType)
            writer.field("order", order)
            writer.field("batch", batch)
            writer.field("rateLimit", rateLimit)
            writer.field("breaker", breaker)
            writer.field("disableAfter", disableAfter)
        }
    }
}

// MARK: - Response

extension ResponseContract: JSONWritable {
    fileprivate init(_ reader: inout JSONReader) {
        self.init()
        rules =
            reader.optional(
                "rules",
                .array(of: .statusRule).checked {
                    $0.count > Limits.statusRules ? "expected at most \(Limits.statusRules) rules" : nil
                })
            ?? []
        honoursDirective = reader.optional("directive", .bool) ?? true
        bodyBytesKept =
            reader.optional("bodyBytesKept", .int(in: 0...Limits.responseBodyBytesKeptMax)) ?? Limits.responseBodyBytesKept
        reader.refuseOthers(than: "rules", "directive", "bodyBytesKept")
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.array("rules") { writer in
                for rule in rules {
                    writer.object { writer in
                        let (first, last) = (rule.statuses.lowerBound, rule.statuses.upperBound)
                        writer.field("status", first == last ? "\(first)" : "\(first)-\(last)")
                        writer.field("means", rule.meaning.rawValue)
                    }
                }
            }
            writer.field("directive", honoursDirective)
            writer.field("bodyBytesKept", bodyBytesKept)
        }
    }
}

extension JSONShape where Value == ResponseContract.Rule {
    fileprivate static var statusRule: Self {
        .object(placeholder: .init(200...200, .delivered)) { reader in
            let statuses = reader.required("status", .statusRange)
            let meaning = reader.required("means", JSONShape<StatusMeaning>.choice(.delivered))
            reader.refuseOthers(than: "status", "means")
            return .init(statuses, meaning)
        }
    }
}

extension JSONShape where Value == ClosedRange<UInt16> {
    /// `404`, or `500-599`.
    fileprivate static var statusRange: Self {
        JSONShape<String>.string.converted(placeholder: 200...200) { text in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            guard let first = parts.first.flatMap(\.self), let last = parts.last.flatMap(\.self), parts.count <= 2,
                200...599 ~= first, 200...599 ~= last, first <= last
            else { return .refused("expected a status from 200 to 599, or a range of them like 500-599") }
            return .accepted(first...last)
        }
    }
}

extension TimeoutPolicy: JSONWritable {
    fileprivate init(_ reader: inout JSONReader) {
        self.init(
            connect: reader.optional("connect", .duration(in: Limits.timeout)),
            tls: reader.optional("tls", .duration(in: Limits.timeout)),
            firstByte: reader.optional("firstByte", .duration(in: Limits.timeout)),
            idleBody: reader.optional("idleBody", .duration(in: Limits.timeout)),
            total: reader.optional("total", .duration(in: Limits.timeout)))
        reader.refuseOthers(than: "connect", "tls", "firstByte", "idleBody", "total")
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("connect", connect)
            writer.field("tls", tls)
            writer.field("firstByte", firstByte)
            writer.field("idleBody", idleBody)
            writer.field("total", total)
        }
    }
}
