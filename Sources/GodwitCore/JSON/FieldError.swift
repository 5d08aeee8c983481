/// One thing that is wrong with a request, in the form in which the API shows it: `{"loc": […], "msg": "…", "type": "…"}`.
package struct FieldError: Error, Hashable, Sendable {
    /// From the outside in: `["body", "eventTypes", "2"]`. An item's index is text.
    package let location: [String]
    /// For people: what was expected and what came.
    package let message: String
    /// For programs: one of the constants below, or a name of the operation that refuses.
    package let type: String

    /// A value of the right kind that is not acceptable.
    package static let invalid = "value_error"
    package static let missing = "value_error.missing"
    /// Not JSON, or a value of another kind.
    package static let malformed = "value_error.jsondecode"

    package init(_ location: [String], _ message: String, type: String = FieldError.invalid) {
        self.location = location
        self.message = message
        self.type = type
    }
}

/// All that is wrong with a request; never empty.
package struct ValidationError: Error, Hashable, Sendable {
    package let errors: [FieldError]

    package init(errors: [FieldError]) { self.errors = errors }

    package init(_ location: [String], _ message: String, type: String = FieldError.invalid) {
        errors = [FieldError(location, message, type: type)]
    }

    init(_ location: [String], _ error: JSONError) { self.init(location, error.description, type: FieldError.malformed) }
}

/// A member of a request that may be left out. In a PATCH, absent keeps what is stored and null clears it.
package enum Field<Value> {
    case absent
    case null
    case value(Value)

    package var value: Value? {
        switch self {
        case .absent, .null: nil
        case .value(let value): value
        }
    }

    package func map<Other>(_ transform: (Value) -> Other) -> Field<Other> {
        switch self {
        case .absent: .absent
        case .null: .null
        case .value(let value): .value(transform(value))
        }
    }
}

extension Field: Equatable where Value: Equatable {}
extension Field: Hashable where Value: Hashable {}
extension Field: Sendable where Value: Sendable {}
