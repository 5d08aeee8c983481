/// What a token for one application may do there, by the names that the SDKs use.
package enum Capability: String, Hashable, Sendable, CaseIterable {
    /// Read everything but secrets. Every token has it.
    case viewBase = "ViewBase"
    case viewEndpointSecret = "ViewEndpointSecret"
    /// Rotate and view secrets.
    case manageEndpointSecret = "ManageEndpointSecret"
    case manageTransformations = "ManageTransformations"
    /// Send messages again: resend, recover, replay.
    case createAttempts = "CreateAttempts"
    /// Change whatever is configured of endpoints, secrets included.
    case manageEndpoint = "ManageEndpoint"

    /// Those that include this one.
    private var implied: [Capability] {
        switch self {
        case .viewBase, .createAttempts, .manageEndpoint: [self]
        case .viewEndpointSecret: [self, .manageEndpointSecret, .manageEndpoint]
        case .manageEndpointSecret, .manageTransformations: [self, .manageEndpoint]
        }
    }

    package func isGranted(by granted: Set<Capability>) -> Bool { implied.contains(where: granted.contains) }
}

extension Capability {
    /// What an operation on an application needs. An operation that this table doesn't know needs the greatest, so that a new one
    /// isn't open by mistake.
    ///
    /// - Parameters:
    ///   - path: as the route's table writes it: `/api/v1/app/{app_id}/…`.
    ///   - writes: the method is none of GET and HEAD.
    package static func needed(for path: String, writes: Bool) -> Capability {
        let segments = path.split(separator: "/")
        if segments.contains("secret") { return writes ? .manageEndpointSecret : .viewEndpointSecret }
        if !writes || segments.contains(where: asking.contains) { return .viewBase }
        if segments.contains("transformation") { return .manageTransformations }
        return segments.contains(where: sending.contains) ? .createAttempts : .manageEndpoint
    }

    private static let sending: Set<Substring> = [
        "resend", "recover", "replay", "replay-missing", "bulk-replay", "send-example", "dead-letter",
    ]
    /// Questions that need a body.
    private static let asking: Set<Substring> = ["dry-run", "precheck"]
}
