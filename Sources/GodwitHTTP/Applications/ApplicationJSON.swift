import GodwitCore
import GodwitStore

/// Body of POST and PUT.
struct ApplicationIn: Sendable {
    let name: String
    let uid: Field<String>
    let metadata: Field<StringMap>
    let throttleRate: Field<Int>

    init(_ reader: inout JSONReader) {
        name = reader.required("name", .applicationName)
        uid = reader.field("uid", .uid(of: ApplicationKind.self))
        metadata = reader.field("metadata", .metadata)
        throttleRate = reader.throttleRate()
    }

    /// Who puts an application under its own name means that name, unless the body says otherwise.
    func uid(orFrom reference: Reference) -> String? {
        if case .absent = uid { reference.uid } else { uid.value }
    }
}

struct ApplicationPatch: Sendable {
    let name: String?
    let uid: Field<String>
    let metadata: Field<StringMap>
    let throttleRate: Field<Int>

    init(_ reader: inout JSONReader) {
        name = reader.optional("name", .applicationName)
        uid = reader.field("uid", .uid(of: ApplicationKind.self))
        metadata = reader.field("metadata", .metadata)
        throttleRate = reader.throttleRate()
    }
}

extension JSONShape where Value == String {
    fileprivate static var applicationName: Self {
        text(atMost: Limits.displayNameBytes).checked {
            $0.isEmpty ? "Application names must be at least one character" : nil
        }
    }
}

struct ApplicationOut: JSONWritable {
    let application: Application

    init(_ application: Application) { self.application = application }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("id", application.id)
            writer.field("uid", ifPresent: application.uid)
            writer.field("name", application.name)
            writer.field("rateLimit", ifPresent: application.rateLimit.throttleRate)
            writer.field("throttleRate", application.rateLimit.throttleRate)
            writer.field("metadata", application.metadata)
            writer.field("createdAt", application.createdAt)
            writer.field("updatedAt", application.updatedAt)
        }
    }
}
