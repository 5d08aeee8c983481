import GodwitCore

/// Whether a timestamp lies near enough to now.
enum Freshness {
    /// - Parameters:
    ///   - past: how old it may be; nil: any age.
    ///   - future: how far ahead it may be; nil: any distance.
    static func check(
        _ seconds: Int64, at nowSeconds: Int64, past: Int64?, future: Int64?
    ) throws(VerificationError) {
        let (age, overflow) = nowSeconds.subtractingReportingOverflow(seconds)
        guard !overflow else { throw seconds > nowSeconds ? .timestampTooNew : .timestampTooOld }
        if let future, age < -future { throw .timestampTooNew }
        if let past, age > past { throw .timestampTooOld }
    }
}

extension TimeRule.Unit {
    /// Digits only: what other readers make of `1e9`, `+1` or `1.5` differs, so a signature over them proves nothing.
    func seconds(_ text: String) -> Int64? {
        switch self {
        case .seconds: digits(text)
        case .milliseconds: digits(text).map { $0 / 1000 }
        case .rfc3339: RFC3339.parse(text)?.secondsSince1970
        }
    }

    func text(seconds: Int64) -> String {
        switch self {
        case .seconds: String(seconds)
        case .milliseconds: String(seconds) + "000"
        case .rfc3339: RFC3339.format(Instant(millisecondsSince1970: seconds * 1000))
        }
    }

    private func digits(_ text: String) -> Int64? {
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}

extension NamedValue {
    /// - Parameter known: looks up a header; nil when there is none.
    init(_ places: [ValuePlace], header: (String) -> String?) {
        var pointers: [JSONPointer] = []
        for place in places {
            switch place {
            case .header(let name):
                if let value = header(name), !value.isEmpty {
                    self = .known(value)
                    return
                }
            case .json(let pointer): pointers.append(pointer)
            case .parameter: break
            }
        }
        self = pointers.isEmpty ? .none : .json(pointers)
    }
}
