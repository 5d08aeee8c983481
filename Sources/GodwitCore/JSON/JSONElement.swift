/// A value somewhere in a request's body: its bytes, and where it stands.
package struct JSONElement {
    /// The value as it was sent, proved to be JSON.
    package let bytes: ArraySlice<UInt8>
    package let kind: JSONKind
    /// Of the container. Joined with `name` only when there is something to complain about.
    let path: [String]
    let name: String

    package var location: [String] { path + [name] }

    func mismatch(expected: String) -> ValidationError {
        ValidationError(location, "expected \(expected), got \(kind.rawValue)", type: FieldError.malformed)
    }

    /// The values in an array, at most `Limits.requestItems`.
    func items() throws(ValidationError) -> [JSONElement] { try bounded(scanItems) }

    /// The values in an object, each with its name, at most `Limits.requestItems`.
    func members() throws(ValidationError) -> [JSONElement] { try bounded(scanMembers) }

    private func bounded(_ scan: () throws(JSONError) -> [JSONElement]) throws(ValidationError) -> [JSONElement] {
        let parts: [JSONElement]
        do throws(JSONError) {
            parts = try scan()
        } catch {
            throw ValidationError(location, error)
        }
        guard parts.count <= Limits.requestItems else {
            throw ValidationError(location, "expected at most \(Limits.requestItems) values")
        }
        return parts
    }

    /// Stops when there is one too many.
    private func scanItems() throws(JSONError) -> [JSONElement] {
        var items: [JSONElement] = []
        let location = location
        // Behind the opening bracket.
        var scanner = JSONScanner(at: 1)
        var isFirst = true
        while items.count <= Limits.requestItems, try scanner.nextItem(bytes.span, isFirst: &isFirst) {
            let start = scanner.offset
            let kind = try scanner.skipValue(bytes.span, inside: 1)
            items.append(part(start..<scanner.offset, kind, path: location, name: String(items.count)))
        }
        return items
    }

    /// Stops when there is one too many.
    private func scanMembers() throws(JSONError) -> [JSONElement] {
        var members: [JSONElement] = []
        let location = location
        var scanner = JSONScanner()
        _ = try scanner.open(bytes.span)
        while members.count <= Limits.requestItems, let member = try scanner.nextMember(bytes.span) {
            let name = JSONText.decode(bytes.span, contents: member.name)
            members.append(part(member.value, member.kind, path: location, name: name))
        }
        return members
    }

    /// - Parameter range: from the start of this value.
    private func part(_ range: Range<Int>, _ kind: JSONKind, path: [String], name: String) -> JSONElement {
        let start = bytes.startIndex
        return JSONElement(
            bytes: bytes[start + range.lowerBound..<start + range.upperBound], kind: kind, path: path, name: name)
    }
}
