import GodwitCore

/// Body of POST and PUT, without the name.
struct EventTypeIn: Sendable {
    let description: String
    let archived: Bool
    let deprecated: Bool
    let schemas: Field<String>
    let featureFlag: String?

    init(_ reader: inout JSONReader) {
        description = reader.required("description", .description)
        archived = reader.optional("archived", .bool) ?? false
        deprecated = reader.optional("deprecated", .bool) ?? false
        schemas = reader.schemas()
        featureFlag = reader.optional("featureFlag", .name)
        reader.refuse("featureFlags", "groupName")
    }

    func replace(_ eventType: inout EventType) {
        eventType.description = description
        eventType.archived = archived
        eventType.deprecated = deprecated
        eventType.schemas = schemas.value
        eventType.featureFlag = featureFlag
    }
}

struct EventTypePatch: Sendable {
    let description: String?
    let archived: Bool?
    let deprecated: Bool?
    let schemas: Field<String>
    let featureFlag: Field<String>

    init(_ reader: inout JSONReader) {
        description = reader.optional("description", .description)
        archived = reader.optional("archived", .bool)
        deprecated = reader.optional("deprecated", .bool)
        schemas = reader.schemas()
        featureFlag = reader.field("featureFlag", .name)
        reader.refuse("featureFlags", "groupName")
    }

    func apply(to eventType: inout EventType) {
        if let description { eventType.description = description }
        if let archived { eventType.archived = archived }
        if let deprecated { eventType.deprecated = deprecated }
        schemas.apply(to: &eventType.schemas)
        featureFlag.apply(to: &eventType.featureFlag)
    }
}

extension JSONShape where Value == String {
    static var description: Self { text(atMost: Limits.descriptionBytes) }
}

extension JSONReader {
    /// Version → JSON Schema. Kept as it was written.
    fileprivate mutating func schemas() -> Field<String> {
        // Read twice: once to see that each version's schema is an object, once for the bytes as they were sent.
        switch field("schemas", .map(of: .rawObject)) {
        case .absent: return .absent
        case .null: return .null
        case .value:
            let text = JSONShape.raw.checked { bytes in
                bytes.count > Limits.schemasBytes ? "expected at most \(Limits.schemasBytes) bytes" : nil
            }
            return field("schemas", text).map { String(decoding: $0, as: UTF8.self) }
        }
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
            writer.field("featureFlag", ifPresent: eventType.featureFlag)
            writer.field("createdAt", eventType.createdAt)
            writer.field("updatedAt", eventType.updatedAt)
        }
    }
}
