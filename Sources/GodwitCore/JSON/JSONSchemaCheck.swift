/// Whether a value is a JSON Schema: what the meta-schema of draft 7 demands (json-schema.org/draft-07/schema), in its whole depth.
///
/// Keywords that draft 7 doesn't know mean nothing there, and pass. Texts that should be URIs or regular expressions are only
/// looked at as texts: dialects differ, and a schema must not be refused for ours.
package enum JSONSchemaCheck {
    /// - Parameter location: where the schema stands.
    /// - Returns: up to `Limits.requestErrors` complaints; none for a schema.
    package static func errors(in schema: JSONValue, at location: [String]) -> [FieldError] {
        var checker = Checker()
        checker.check(schema, .schema, at: location)
        return checker.errors
    }

    /// What a keyword's value must be.
    fileprivate enum Form {
        case text, flag, number, positiveNumber, count, list, texts, typeNames
        case schema, schemas, schemaMap, schemaOrSchemas, dependencies
    }

    private static let types: Set<String> = ["array", "boolean", "integer", "null", "number", "object", "string"]

    private static func form(of keyword: String) -> Form? {
        switch keyword {
        case "$id", "$schema", "$ref", "$comment", "title", "description", "pattern", "format", "contentMediaType",
            "contentEncoding":
            .text
        case "readOnly", "writeOnly", "uniqueItems": .flag
        case "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum": .number
        case "multipleOf": .positiveNumber
        case "maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties": .count
        case "examples", "enum": .list
        case "required": .texts
        case "type": .typeNames
        case "additionalItems", "contains", "additionalProperties", "propertyNames", "if", "then", "else", "not": .schema
        case "allOf", "anyOf", "oneOf": .schemas
        case "definitions", "properties", "patternProperties": .schemaMap
        case "items": .schemaOrSchemas
        case "dependencies": .dependencies
        default: nil
        }
    }

    private struct Checker {
        var errors: [FieldError] = []

        mutating func check(_ value: JSONValue, _ form: Form, at location: [String]) {
            guard errors.count < Limits.requestErrors else { return }
            switch form {
            case .text: require(value.kind == .string, "a string", at: location)
            case .flag: if case .bool = value { return } else { fail("true or false", at: location) }
            case .number: require(value.kind == .number, "a number", at: location)
            case .positiveNumber: require(number(value).map { $0 > 0 } ?? false, "a number greater than 0", at: location)
            case .count:
                require(
                    number(value).map { $0 >= 0 && $0.rounded() == $0 } ?? false, "an integer of at least 0", at: location)
            case .list: require(value.kind == .array, "an array", at: location)
            case .texts: require(Self.distinctTexts(value) != nil, "an array of different strings", at: location)
            case .typeNames: checkTypes(value, at: location)
            case .schema: checkSchema(value, at: location)
            case .schemas: checkSchemas(value, at: location)
            case .schemaMap:
                guard case .object(let members) = value else { return fail("an object of schemas", at: location) }
                for member in members { checkSchema(member.value, at: location + [member.name]) }
            case .schemaOrSchemas:
                if value.kind == .array { checkSchemas(value, at: location) } else { checkSchema(value, at: location) }
            case .dependencies:
                guard case .object(let members) = value else { return fail("an object", at: location) }
                for member in members {
                    check(member.value, member.value.kind == .array ? .texts : .schema, at: location + [member.name])
                }
            }
        }

        private mutating func checkSchema(_ value: JSONValue, at location: [String]) {
            switch value {
            case .bool: return
            case .object(let members):
                for member in members {
                    guard let form = JSONSchemaCheck.form(of: member.name) else { continue }
                    check(member.value, form, at: location + [member.name])
                }
            default: fail("a JSON Schema (an object, true or false)", at: location)
            }
        }

        private mutating func checkSchemas(_ value: JSONValue, at location: [String]) {
            guard case .array(let items) = value, !items.isEmpty else {
                return fail("an array of at least one schema", at: location)
            }
            for (index, item) in items.enumerated() { check(item, .schema, at: location + ["\(index)"]) }
        }

        private mutating func checkTypes(_ value: JSONValue, at location: [String]) {
            let names: [String]? =
                if case .string(let name) = value { [name] } else { Self.distinctTexts(value) }
            require(
                names.map { !$0.isEmpty && $0.allSatisfy(JSONSchemaCheck.types.contains) } ?? false,
                "one or more of \(JSONSchemaCheck.types.sorted().joined(separator: ", "))", at: location)
        }

        private static func distinctTexts(_ value: JSONValue) -> [String]? {
            guard case .array(let items) = value else { return nil }
            var texts: Set<String> = []
            for item in items {
                guard case .string(let text) = item, texts.insert(text).inserted else { return nil }
            }
            return Array(texts)
        }

        private func number(_ value: JSONValue) -> Double? {
            if case .number(let literal) = value { Double(literal) } else { nil }
        }

        private mutating func require(_ isRight: Bool, _ expected: String, at location: [String]) {
            if !isRight { fail(expected, at: location) }
        }

        private mutating func fail(_ expected: String, at location: [String]) {
            guard errors.count < Limits.requestErrors else { return }
            errors.append(FieldError(location, "Not a JSON Schema of draft 7: expected \(expected)"))
        }
    }
}

extension JSONShape where Value == [UInt8] {
    /// A JSON Schema of draft 7, byte for byte as it was sent.
    package static var jsonSchema: Self {
        Self(placeholder: []) { element throws(ValidationError) in
            let bytes = try Self.rawObject.read(element)
            let errors = JSONSchemaCheck.errors(in: try JSONShape<JSONValue>.value.read(element), at: element.location)
            guard errors.isEmpty else { throw ValidationError(errors: errors) }
            return bytes
        }
    }
}
