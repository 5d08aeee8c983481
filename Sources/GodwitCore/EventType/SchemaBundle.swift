/// Makes a schema of an OpenAPI document stand for itself: what it refers to under `#/components/schemas` comes along as
/// `definitions`, once each, so that also schemas that refer to themselves have an end. What OpenAPI 3.0 writes in its own way is
/// written as JSON Schema has it: `nullable`, and `exclusiveMinimum: true`.
struct SchemaBundle {
    private static let prefix = "#/components/schemas/"

    private let components: JSONValue?
    private var waiting: [String] = []
    private var names: Set<String> = []
    /// Bytes of definitions so far, at least.
    private var bytes = 0
    private(set) var complaints: [String] = []

    init(components: JSONValue?) { self.components = components }

    mutating func bundle(_ schema: JSONValue) -> JSONValue {
        var root = schema
        // A schema that only names another is that one.
        for _ in 0..<Limits.referenceHops {
            guard case .object(let members) = root, members.count == 1, case .string(let reference)? = root["$ref"],
                let name = Self.name(reference), let target = components?[name]
            else { break }
            root = target
        }
        let rewritten = rewrite(root)
        var definitions: [JSONValue.Member] = []
        while let name = waiting.popLast(), complaints.isEmpty {
            guard let component = components?[name] else {
                complaints.append("there is no schema \(name) under \(Self.prefix)")
                break
            }
            let definition = rewrite(component)
            bytes += JSONWriter.write(definition).count
            if bytes > Limits.schemasBytes { complaints.append("expected a schema of at most \(Limits.schemasBytes) bytes") }
            definitions.append(JSONValue.Member(name, definition))
        }
        guard !definitions.isEmpty, case .object(let members) = rewritten else { return rewritten }
        definitions.sort { $0.name < $1.name }
        return .object(members.filter { $0.name != "definitions" } + [JSONValue.Member("definitions", .object(definitions))])
    }

    private static func name(_ reference: String) -> String? {
        guard reference.hasPrefix(prefix) else { return nil }
        let name = reference.dropFirst(prefix.count)
        return name.isEmpty || name.contains("/") ? nil : String(name)
    }

    private mutating func rewrite(_ schema: JSONValue) -> JSONValue {
        switch schema {
        case .array(let items): return .array(items.map { rewrite($0) })
        case .object(let members):
            let rewritten = members.map { JSONValue.Member($0.name, rewrite($0.value, of: $0.name)) }
            return .object(Self.asJSONSchema(rewritten))
        case .null, .bool, .number, .string: return schema
        }
    }

    private mutating func rewrite(_ value: JSONValue, of keyword: String) -> JSONValue {
        switch (keyword, value) {
        case ("$ref", .string(let reference)): return .string(refer(to: reference))
        // Values, in which nothing is a reference.
        case ("const", _), ("enum", _), ("default", _), ("example", _), ("examples", _): return value
        // Names of the document's own, in front of schemas.
        case ("properties", .object(let members)), ("patternProperties", .object(let members)),
            ("definitions", .object(let members)), ("$defs", .object(let members)),
            ("dependentSchemas", .object(let members)), ("dependencies", .object(let members)):
            return .object(members.map { JSONValue.Member($0.name, rewrite($0.value)) })
        default: return rewrite(value)
        }
    }

    private mutating func refer(to reference: String) -> String {
        guard reference.hasPrefix(Self.prefix) else {
            complaints.append("expected references to \(Self.prefix)… in this document, got \(reference.prefix(100))")
            return reference
        }
        let path = reference.dropFirst(Self.prefix.count)
        let name = String(path.prefix { $0 != "/" })
        if names.insert(name).inserted { waiting.append(name) }
        return "#/definitions/" + path
    }

    private static func asJSONSchema(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
        let schema = JSONValue.object(members)
        var result = members
        if schema["nullable"] == .bool(true), case .string(let type)? = schema["type"] {
            result = result.filter { $0.name != "nullable" }
            result = result.map { $0.name == "type" ? .init("type", .array([.string(type), .string("null")])) : $0 }
        }
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            guard case .bool(let isExclusive)? = schema[exclusive] else { continue }
            result.removeAll { $0.name == exclusive }
            guard isExclusive else { continue }
            result = result.map { $0.name == bound ? .init(exclusive, $0.value) : $0 }
        }
        return result
    }
}
