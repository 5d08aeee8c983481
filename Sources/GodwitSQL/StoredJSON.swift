import GodwitCore
import GodwitStore

/// Lists and maps in columns. They were written by us, so anything unexpected in them is damage.
enum StoredJSON {
    static func write(_ texts: [String]) -> [UInt8] { JSONWriter.write(texts) }

    static func write(_ keys: [Int64]) -> [UInt8] {
        Array("[\(keys.map(String.init).joined(separator: ","))]".utf8)
    }

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

    /// The standard policy, which most endpoints have, is none.
    static func writeUnlessStandard(_ policy: DeliveryPolicy) -> [UInt8]? {
        policy == .standard ? nil : JSONWriter.write(policy)
    }

    static func writeUnlessNone(_ limit: RateLimit) -> [UInt8]? { limit.isNone ? nil : JSONWriter.write(limit) }

    static func texts(_ json: [UInt8]) throws(StoreError) -> [String] {
        guard case .array(let items) = try parse(json) else { throw damaged }
        var texts: [String] = []
        for item in items {
            guard case .string(let text) = item else { throw damaged }
            texts.append(text)
        }
        return texts
    }

    static func integers(_ json: [UInt8]) throws(StoreError) -> [Int64] {
        guard case .array(let items) = try parse(json) else { throw damaged }
        var integers: [Int64] = []
        for item in items {
            guard case .number(let literal) = item, let integer = Int64(literal) else { throw damaged }
            integers.append(integer)
        }
        return integers
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

    static func object<Value>(_ json: [UInt8], _ make: (inout JSONReader) -> Value) throws(StoreError) -> Value {
        do throws(ValidationError) {
            return try JSONReader.read(json, make)
        } catch {
            throw damaged
        }
    }

    private static var damaged: StoreError { StoreError(.unusable, "a list or map in the store is damaged") }
}

extension SQLRow {
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

    func policy(_ column: Int32) throws(StoreError) -> DeliveryPolicy {
        isNull(column) ? .standard : try StoredJSON.object(textBytes(column), DeliveryPolicy.init)
    }

    func rateLimit(_ column: Int32) throws(StoreError) -> RateLimit {
        isNull(column) ? .none : try StoredJSON.object(textBytes(column), RateLimit.init)
    }

    /// A name that one of our enumerations has.
    func choice<Value: RawRepresentable<String>>(
        _ column: Int32, _ type: Value.Type = Value.self
    ) throws(StoreError) -> Value {
        guard let value = Value(rawValue: text(column)) else {
            throw StoreError(.unusable, "a name in the store is unknown")
        }
        return value
    }

    func texts(_ column: Int32) throws(StoreError) -> [String]? {
        isNull(column) ? nil : try StoredJSON.texts(textBytes(column))
    }

    /// A list of keys.
    func integers(_ column: Int32) throws(StoreError) -> [Int64]? {
        isNull(column) ? nil : try StoredJSON.integers(textBytes(column))
    }
}
