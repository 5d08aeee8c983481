import GodwitCore

/// Body of POST and PUT, without the name.
struct EventTypeIn: Sendable {
    let description: String
    let archived: Bool
    let deprecated: Bool
    let schemas: Field<String>
    let featureFlags: Field<[String]>
    let groupName: String?

    init(_ reader: inout JSONReader) {
        description = reader.required("description", .description)
        archived = reader.optional("archived", .bool) ?? false
        deprecated = reader.optional("deprecated", .bool) ?? false
        schemas = reader.schemas()
        featureFlags = reader.eventTypeFlags()
        groupName = reader.optional("groupName", .name)
    }

    func replace(_ eventType: inout EventType) {
        eventType.description = description
        eventType.archived = archived
        eventType.deprecated = deprecated
        eventType.schemas = schemas.value
        eventType.featureFlags = featureFlags.value ?? []
        eventType.groupName = groupName
    }
}

struct EventTypePatch: Sendable {
    let description: String?
    let archived: Bool?
    let deprecated: Bool?
    let schemas: Field<String>
    let featureFlags: Field<[String]>
    let groupName: Field<String>

    init(_ reader: inout JSONReader) {
        description = reader.optional("description", .description)
        archived = reader.optional("archived", .bool)
        deprecated = reader.optional("deprecated", .bool)
        schemas = reader.schemas()
        featureFlags = reader.eventTypeFlags()
        groupName = reader.field("groupName", .name)
    }

    func apply(to eventType: inout EventType) {
        if let description { eventType.description = description }
        if let archived { eventType.archived = archived }
        if let deprecated { eventType.deprecated = deprecated }
        schemas.apply(to: &eventType.schemas)
        if featureFlags.isPresent { eventType.featureFlags = featureFlags.value ?? [] }
        groupName.apply(to: &eventType.groupName)
    }
}

extension JSONShape where Value == String {
    static var description: Self { text(atMost: Limits.descriptionBytes) }
}

extension JSONReader {
    /// Version → JSON Schema. Kept as it was written.
    fileprivate mutating func schemas() -> Field<String> {
        // Read twice: once to see that each version's schema is one, once for the bytes as they were sent.
        switch field("schemas", .map(of: .jsonSchema)) {
        case .absent: return .absent
        case .null: return .null
        case .value:
            let text = JSONShape.raw.checked { bytes in
                bytes.count > Limits.schemasBytes ? "expected at most \(Limits.schemasBytes) bytes" : nil
            }
            return field("schemas", text).map { String(decoding: $0, as: UTF8.self) }
        }
    }

    /// `featureFlags`, or `featureFlag` as it was when there could only be one. What is shown has both, and may come back as it is.
    fileprivate mutating func eventTypeFlags() -> Field<[String]> {
        let flags = set("featureFlags", of: .name, atMost: Limits.featureFlags)
        let flag = field("featureFlag", .name)
        guard let single = flag.value else { return flags.isPresent ? flags : flag.map { [$0] } }
        guard let several = flags.value else { return .value([single]) }
        if !several.contains(single) {
            fail("featureFlag", "expected one of featureFlags. Leave it out: featureFlags is enough.")
        }
        return flags
    }
}

struct EventTypeOut: JSONWritable {
    let eventType: EventType
    let withSchemas: Bool

    init(_ eventType: EventType, withSchemas: Bool = true) {
        self.eventType = eventType
        self.withSchemas = withSchemas
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("name", eventType.name)
            writer.field("description", eventType.description)
            writer.field("archived", eventType.archived)
            writer.field("deprecated", eventType.deprecated)
            writer.field("schemas", withSchemas ? eventType.schemas.map { RawJSON(Array($0.utf8)) } : nil)
            // Clients take a list of flags to have at least one.
            writer.field("featureFlags", ifPresent: eventType.featureFlags.isEmpty ? nil : eventType.featureFlags)
            writer.field("featureFlag", ifPresent: eventType.featureFlags.first)
            writer.field("groupName", ifPresent: eventType.groupName)
            writer.field("createdAt", eventType.createdAt)
            writer.field("updatedAt", eventType.updatedAt)
        }
    }
}
