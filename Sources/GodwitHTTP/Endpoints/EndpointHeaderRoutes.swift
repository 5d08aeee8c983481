import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct EndpointHeaderRoutes {
    private static let path = EndpointRoutes.path + "/headers"

    var routes: [Route] {
        [
            Route(.get, Self.path, .application, get),
            Route(.put, Self.path, .application, put),
            Route(.patch, Self.path, .application, patch),
        ]
    }

    func get(_ request: APIRequest) async throws -> Answer {
        Answer(.ok, EndpointHeadersOut(try await request.endpoint().headers))
    }

    func put(_ request: APIRequest) async throws -> Answer {
        let headers = try request.readBody { $0.required("headers", .headers) }
        try await change(request) { $0 = headers }
        return .noContent
    }

    private func patch(_ request: APIRequest) async throws -> Answer {
        let input = try request.readBody(EndpointHeadersPatch.init)
        // Counted before the change, so that the refusal can say so; another change at the same moment may add a few more.
        var headers = try await request.endpoint().headers
        input.apply(to: &headers)
        if headers.count > Limits.customHeaders { throw Problem(["body", "headers"], HeaderRule.tooMany) }
        try await change(request, input.apply)
        return .noContent
    }

    private func change(_ request: APIRequest, _ edit: @escaping @Sendable (inout StringMap) -> Void) async throws {
        let reference = try request.reference("endpoint_id", EndpointKind.self)
        _ = try await request.changeEndpoint(try request.application().application, reference) { edit(&$0.headers) }
    }
}

private struct EndpointHeadersPatch: Sendable {
    let set: StringMap
    let removed: [String]

    init(_ reader: inout JSONReader) {
        let members = reader.required("headers", .map(of: JSONShape.string.orNull))
        set = StringMap(sorted: members.compactMapValues(\.self))
        removed = members.filter { $0.value == nil }.keys + (reader.optional("deleteHeaders", .stringArray) ?? [])
        if let complaint = HeaderRule.complaint(set) { reader.fail("headers", complaint) }
    }

    /// Names are the same in upper and lower case (RFC 9110 §5.1).
    @Sendable func apply(to headers: inout StringMap) {
        let replaced = Set((removed + set.entries.map(\.key)).map { $0.lowercased() })
        let kept = headers.entries.filter { !replaced.contains($0.key.lowercased()) }
        headers = StringMap((kept + set.entries).map { ($0.key, $0.value) })
    }
}

/// Values that are secrets are not shown, only their names.
private struct EndpointHeadersOut: JSONWritable {
    let headers: StringMap
    let sensitive: [String]

    init(_ headers: StringMap) {
        let isSensitive = { (entry: StringMap.Entry) in HeaderRule.isSensitive(entry.key) }
        self.headers = StringMap(headers.entries.filter { !isSensitive($0) }.map { ($0.key, $0.value) })
        sensitive = headers.entries.filter(isSensitive).map(\.key)
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("headers", headers)
            writer.field("sensitive", sensitive)
        }
    }
}
