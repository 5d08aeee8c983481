extension JSONShape {
    /// This shape, and a rule of the field's own.
    ///
    /// - Parameter complaint: nil when the value is acceptable.
    package func checked(_ complaint: @escaping (Value) -> String?) -> JSONShape {
        converted(placeholder: placeholder) { value in complaint(value).map { .refused($0) } ?? .accepted(value) }
    }

    /// What is made of a value of this shape, if anything can be.
    package func converted<Other>(
        placeholder: Other, _ convert: @escaping (Value) -> JSONConversion<Other>
    ) -> JSONShape<Other> {
        JSONShape<Other>(placeholder: placeholder) { [read] element throws(ValidationError) in
            switch convert(try read(element)) {
            case .accepted(let value): return value
            case .refused(let complaint): throw ValidationError(element.location, complaint)
            }
        }
    }

    /// This shape, or null.
    package var orNull: JSONShape<Value?> {
        JSONShape<Value?>(placeholder: nil) { [read] element throws(ValidationError) in
            element.kind == .null ? nil : try read(element)
        }
    }
}

/// What becomes of a value of the right kind.
package enum JSONConversion<Value> {
    case accepted(Value)
    /// With what to tell the caller.
    case refused(String)
}
