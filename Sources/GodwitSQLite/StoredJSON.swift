import GodwitCore
import GodwitStore

/// Lists and maps in columns. They were written by us, so anything unexpected in them is damage.
enum StoredJSON {
    static func write(_ texts: [String]) -> [UInt8] { JSONWriter.write(texts) }

    /// An empty list of a message is no list.
    static func writeUnlessEmpty(_ texts: [String]) -> [UInt8]? { texts.isEmpty ? nil : JSONWriter.write(texts) }

    static func write(_ map: StringMap) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for entry in map.entries {
                writer.name(entry.key)
                writer.string(entry.value)
            }
        }
        return writer.finish()
    }

    static func write(_ secrets: [EndpointSecret]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array { writer in
            for secret in secrets {
                writer.object { writer in
                    writer.field("secret", secret.wireText)
                    writer.field("expires_at", ifPresent: secret.expiresAt?.millisecondsSince1970)
                }
            }
        }
        return writer.finish()
    }

    static func texts(_ json: [UInt8]) throws(StoreError) -> [String] {
        guard case .array(let items) = try parse(json) else { throw damaged }
        var texts: [String] = []
        for item in items {
            guard case .string(let text) = item else { throw damaged }
            texts.append(text)
        }
        return texts
    }

    static func map(_ json: [UInt8]) throws(StoreError) -> StringMap {
        guard case .object(let members) = try parse(json) else { throw damaged }
        var map = StringMap()
        for member in members {
            guard case .string(let text) = member.value else { throw damaged }
            map[member.name] = text
        }
        return map
    }

    static func secrets(_ json: [UInt8]) throws(StoreError) -> [EndpointSecret] {
        guard case .array(let items) = try parse(json) else { throw damaged }
        var secrets: [EndpointSecret] = []
        for item in items {
            guard case .string(let text)? = item["secret"] else { throw damaged }
            var expiresAt: Instant?
            if case .number(let literal)? = item["expires_at"] {
                guard let milliseconds = Int64(literal) else { throw damaged }
                expiresAt = Instant(millisecondsSince1970: milliseconds)
            }
            secrets.append(EndpointSecret(wireText: text, expiresAt: expiresAt))
        }
        return secrets
    }

    private static func parse(_ json: [UInt8]) throws(StoreError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(json)
        } catch {
            throw damaged
        }
    }

    private static var damaged: StoreError { StoreError(.unusable, "a list or map in the store is damaged") }
}

extension SQLiteStatement {
    func identifier<Kind: Identified>(_ column: Int32, _ kind: Kind.Type = Kind.self) throws(StoreError) -> Identifier<Kind> {
        guard let identifier = Identifier<Kind>(text(column)) else {
            throw StoreError(.unusable, "an identifier in the store is damaged")
        }
        return identifier
    }

    func organization(_ column: Int32) throws(StoreError) -> OrganizationID {
        guard let organization = OrganizationID(text(column)) else {
            throw StoreError(.unusable, "an organization in the store is damaged")
        }
        return organization
    }

    func texts(_ column: Int32) throws(StoreError) -> [String]? {
        isNull(column) ? nil : try StoredJSON.texts(textBytes(column))
    }
}
