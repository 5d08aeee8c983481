/// An event type as an OpenAPI document describes it: a webhook of `webhooks` (OpenAPI 3.1) or `x-webhooks` (3.0).
package struct DescribedEventType: Hashable, Sendable {
    package let name: String
    package let description: String
    /// Of its payload; nil when the document says nothing of it.
    package let schema: JSONValue?
    package let deprecated: Bool
    /// nil when the document says nothing of them.
    package let groupName: String?
    package let featureFlags: [String]?
}

/// Reads webhooks out of an OpenAPI document (spec.openapis.org/oas/v3.1.0, "Path Item Object").
package struct OpenAPIWebhooks {
    private let document: JSONValue
    private let location: [String]
    private var errors: [FieldError] = []
    private var schemaBytes = 0

    private init(_ document: JSONValue, at location: [String]) {
        self.document = document
        self.location = location
    }

    /// - Parameter location: where the document stands in the request.
    /// - Returns: in the order in which they are described; of those with the same name the last one.
    /// - Throws: all that is wrong, when anything is.
    package static func read(_ document: JSONValue, at location: [String]) throws(ValidationError) -> [DescribedEventType] {
        var reader = OpenAPIWebhooks(document, at: location)
        let found = reader.webhooks()
        guard reader.errors.isEmpty else {
            throw ValidationError(errors: Array(reader.errors.prefix(Limits.requestErrors)))
        }
        return found
    }

    private mutating func webhooks() -> [DescribedEventType] {
        guard case .object = document else {
            fail([], "expected an OpenAPI document: an object")
            return []
        }
        guard case .string(let version) = document["openapi"], version.hasPrefix("3.") else {
            fail(["openapi"], "expected the version of an OpenAPI document, 3.0 or 3.1")
            return []
        }
        var found: [DescribedEventType] = []
        var indices: [String: Int] = [:]
        for section in ["webhooks", "x-webhooks"] {
            guard let value = document[section] else { continue }
            guard case .object(let members) = value else {
                fail([section], "expected an object of webhooks by name")
                continue
            }
            for member in members {
                guard errors.count < Limits.requestErrors,
                    let webhook = webhook(named: member.name, member.value, at: [section, member.name])
                else { continue }
                if let index = indices[webhook.name] {
                    found[index] = webhook
                } else {
                    indices[webhook.name] = found.count
                    found.append(webhook)
                }
            }
        }
        if document["webhooks"] == nil, document["x-webhooks"] == nil {
            fail([], "this OpenAPI document has neither webhooks nor x-webhooks")
        } else if found.count > Limits.requestItems {
            fail([], "expected at most \(Limits.requestItems) webhooks")
        }
        return found
    }

    private mutating func webhook(named name: String, _ value: JSONValue, at place: [String]) -> DescribedEventType? {
        guard Name.isValid(name) else {
            fail(place, "expected a name of 1 to \(Limits.nameCharacters) of a-z, A-Z, 0-9, -, _ and .")
            return nil
        }
        guard let item = resolve(value, at: place) else { return nil }
        // A webhook is posted; documents that describe it with another method mean the same.
        let methods = ["post", "put", "patch", "get", "delete"]
        guard let method = methods.first(where: { item[$0] != nil }), let operation = item[method], operation.kind == .object
        else {
            fail(place, "expected a webhook with an operation, such as post")
            return nil
        }
        let place = place + [method]
        let body = operation["requestBody"].flatMap { resolve($0, at: place + ["requestBody"]) }
        let texts = [
            operation["description"], operation["summary"], item["description"], item["summary"], body?["description"],
        ]
        return DescribedEventType(
            name: name, description: description(texts, at: place),
            schema: body.flatMap { schema(of: $0, at: place + ["requestBody", "content"]) },
            deprecated: operation["deprecated"] == .bool(true), groupName: groupName(operation, item, at: place),
            featureFlags: featureFlags(operation, item, at: place))
    }

    private mutating func description(_ texts: [JSONValue?], at place: [String]) -> String {
        for case .string(let text)? in texts where !text.isEmpty {
            if text.utf8.count > Limits.descriptionBytes {
                fail(place + ["description"], "expected at most \(Limits.descriptionBytes) bytes")
            }
            if text.utf8.contains(where: { $0 <= 0x08 }) {
                fail(place + ["description"], "Control characters 0x00-0x08 not allowed.")
            }
            return text
        }
        return ""
    }

    private mutating func groupName(_ operation: JSONValue, _ item: JSONValue, at place: [String]) -> String? {
        let keyword = "x-svix-group-name"
        guard let value = operation[keyword] ?? item[keyword], value != .null else { return nil }
        guard case .string(let text) = value, Name.isValid(text) else {
            fail(place + [keyword], "expected a name of 1 to \(Limits.nameCharacters) of a-z, A-Z, 0-9, -, _ and .")
            return nil
        }
        return text
    }

    private mutating func featureFlags(_ operation: JSONValue, _ item: JSONValue, at place: [String]) -> [String]? {
        let keyword = "x-svix-feature-flags"
        guard let value = operation[keyword] ?? item[keyword], value != .null else { return nil }
        var flags: [String] = []
        if case .array(let items) = value {
            for case .string(let flag) in items where Name.isValid(flag) && !flags.contains(flag) { flags.append(flag) }
            if flags.count <= Limits.featureFlags,
                items.allSatisfy({ if case .string(let flag) = $0 { flags.contains(flag) } else { false } })
            {
                return flags
            }
        }
        fail(place + [keyword], "expected up to \(Limits.featureFlags) names")
        return nil
    }

    private mutating func schema(of body: JSONValue, at place: [String]) -> JSONValue? {
        guard case .object(let types)? = body["content"] else { return nil }
        let isJSON = { (name: String) in name.split(separator: ";").first.map { $0.hasSuffix("json") } ?? false }
        guard let type = types.first(where: { $0.name == "application/json" }) ?? types.first(where: { isJSON($0.name) }),
            let schema = type.value["schema"]
        else { return nil }
        let place = place + [type.name, "schema"]
        var bundle = SchemaBundle(components: document["components"]?["schemas"])
        let bundled = bundle.bundle(schema)
        for complaint in bundle.complaints { fail(place, complaint) }
        guard bundle.complaints.isEmpty else { return nil }
        guard bundled.kind == .object else {
            fail(place, "expected an object")
            return nil
        }
        for error in JSONSchemaCheck.errors(in: bundled, at: location + place) { errors.append(error) }
        let bytes = JSONWriter.write(bundled).count
        schemaBytes += bytes
        // Each may hold all that it refers to, so together they may be much more than the document.
        if bytes > Limits.schemasBytes { fail(place, "expected a schema of at most \(Limits.schemasBytes) bytes") }
        if schemaBytes > Limits.importedSchemasBytes {
            fail([], "expected schemas of at most \(Limits.importedSchemasBytes) bytes together")
        }
        return bundled
    }

    /// What a reference to another part of the document stands for.
    private mutating func resolve(_ value: JSONValue, at place: [String]) -> JSONValue? {
        var value = value
        for _ in 0..<Limits.referenceHops {
            guard case .object = value else {
                fail(place, "expected an object")
                return nil
            }
            guard case .string(let reference)? = value["$ref"] else { return value }
            guard reference.hasPrefix("#"), let pointer = JSONPointer(String(reference.dropFirst())),
                let target = pointer.value(in: document)
            else {
                fail(place + ["$ref"], "expected a reference to something in this document")
                return nil
            }
            value = target
        }
        fail(place + ["$ref"], "the reference leads to itself, or past \(Limits.referenceHops) others")
        return nil
    }

    private mutating func fail(_ place: [String], _ message: String) {
        errors.append(FieldError(location + place, message))
    }
}
