import GodwitCore
import Yams

/// An OpenAPI document as text, in JSON or YAML.
enum SpecText {
    /// - Throws: what is wrong with it, at `location`.
    static func parse(_ text: String, at location: [String]) throws(ValidationError) -> JSONValue {
        if let json = try? JSONValue.parse(Array(text.utf8)) { return json }
        // Aliases let a small text stand for one without end, and comparing keys of mappings would never come back.
        guard !hasAlias(text) else {
            throw ValidationError(
                location, "YAML aliases (*name of an anchor &name) are not supported. Write $ref, or the text itself.")
        }
        let root: Yams.Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ValidationError(location, "not valid YAML or JSON: \("\(error)".prefix(300))", type: FieldError.malformed)
        }
        guard let root else { throw ValidationError(location, "the document is empty") }
        return try value(root, at: location, inside: 0)
    }

    static func parse(json: [UInt8], at location: [String]) throws(ValidationError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(json)
        } catch {
            throw ValidationError(location, error.description, type: FieldError.malformed)
        }
    }

    /// Whether there may be an alias of an anchor. A text may look the same, as in `&nbsp;`, but hardly like both.
    private static func hasAlias(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return !names(after: UInt8(ascii: "&"), in: bytes).isDisjoint(with: names(after: UInt8(ascii: "*"), in: bytes))
    }

    /// What follows an indicator where one can begin.
    private static func names(after indicator: UInt8, in bytes: [UInt8]) -> Set<ArraySlice<UInt8>> {
        var names: Set<ArraySlice<UInt8>> = []
        for (index, byte) in bytes.enumerated() where byte == indicator {
            guard index == 0 || bytes[index - 1] >= 0x80 || " \t\r\n[{,:".utf8.contains(bytes[index - 1]) else { continue }
            names.insert(bytes[(index + 1)...].prefix(while: isNameByte))
        }
        return names.subtracting([[]])
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func value(_ node: Yams.Node, at location: [String], inside depth: Int) throws(ValidationError) -> JSONValue
    {
        guard depth < Limits.jsonDepth else {
            throw ValidationError(location, "expected at most \(Limits.jsonDepth) levels", type: FieldError.malformed)
        }
        switch node {
        case .scalar(let scalar): return value(scalar)
        case .sequence(let sequence):
            var items: [JSONValue] = []
            for item in sequence { items.append(try value(item, at: location, inside: depth + 1)) }
            return .array(items)
        case .mapping(let mapping):
            var members: [JSONValue.Member] = []
            for (key, item) in mapping {
                guard case .scalar(let name) = key else {
                    throw ValidationError(location, "expected names of fields to be texts", type: FieldError.malformed)
                }
                members.append(JSONValue.Member(name.string, try value(item, at: location, inside: depth + 1)))
            }
            return .object(members)
        case .alias: throw ValidationError(location, "YAML aliases are not supported", type: FieldError.malformed)
        }
    }

    /// By the core schema of YAML 1.2, as OpenAPI wants it: `yes` and `2026-11-25` are texts.
    private static func value(_ scalar: Yams.Node.Scalar) -> JSONValue {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default:
            if case .number(let literal)? = try? JSONValue.parse(Array(scalar.string.utf8)) { return .number(literal) }
            return .string(scalar.string)
        }
    }
}
