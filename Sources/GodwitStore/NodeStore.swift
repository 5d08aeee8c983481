package import GodwitCore

/// Nodes that share a store, each under a lease. A store that one node has for itself knows of no others.
///
/// `commit` refuses, as `.unavailable`, what would put deliveries into the hands of a lease that was given up: nobody would ever take
/// them from there.
package protocol NodeStore: Sendable {
    /// Whether several nodes may have it open.
    var isShared: Bool { get }

    /// Begins a new life of this node: a lease never used before. In a store that isn't shared everything that former lives held is
    /// waiting again, due now; in one that is, only what was taken over is. `.unavailable` when there are `Limits.nodes`.
    func begin(_ role: NodeRole, at now: Instant) throws(StoreError) -> Lease

    /// Says that the node lives. By the store's own clock, if it has one. From a thread of its own: a long transaction must not kill
    /// a node.
    ///
    /// - Parameter role: as of now: a node that is about to leave delivers no more.
    /// - Returns: all nodes, this one included; nil when it was given up.
    func renew(_ lease: Lease, as role: NodeRole, at now: Instant) throws(StoreError) -> [Node]?
    /// By the clock that all nodes share; nil for a store without one: then the node's own counts.
    func time() throws(StoreError) -> Instant?
    /// What there is to do about what other nodes did. Cheap, for it is asked several times a second.
    ///
    /// - Parameter revision: up to which changes are known.
    func news(after revision: Int64) throws(StoreError) -> NodeNews
    /// The greatest revision of a change.
    func revision() throws(StoreError) -> Int64
    /// Returns when there may be news, and after that span at the latest. Blocks.
    func awaitNews(atMost span: Duration)
    /// The greatest sequence number of each endpoint; those without one are left out.
    func feedHeads(_ endpoints: Set<Int64>) throws(StoreError) -> [Int64: Int64]
}

extension NodeStore {
    package func begin(at now: Instant) throws(StoreError) -> Lease { try begin(.all, at: now) }
}

package struct NodeNews: Hashable, Sendable {
    /// Whether there are changes that aren't known yet.
    package let hasChanges: Bool
    /// In the order of their numbers, up to `Limits.wakesRead`.
    package let wakes: [NumberedWake]

    package init(hasChanges: Bool, wakes: [NumberedWake]) {
        self.hasChanges = hasChanges
        self.wakes = wakes
    }
}

/// Something of an endpoint waits, and whoever delivers it may not know.
package struct Wake: Hashable, Sendable {
    package let endpoint: Int64
    package let due: Instant

    package init(endpoint: Int64, due: Instant) {
        self.endpoint = endpoint
        self.due = due
    }
}

package struct NumberedWake: Hashable, Sendable {
    package let number: Int64
    package let wake: Wake

    package init(number: Int64, wake: Wake) {
        self.number = number
        self.wake = wake
    }
}

package enum NodeCommand: Sendable {
    /// Leaves notes for those that deliver to the endpoints, one for each; under a new number if there is one. Answered by `.done`.
    case wake([Wake])
    /// Tells other nodes what the one under this lease has learnt of an endpoint. Nothing depends on it. Answered by `.done`.
    case tell(endpoint: Int64, EndpointNews, by: Lease)
    /// Takes notes away, by their numbers: a note that was renewed meanwhile stays. Answered by `.done`.
    case forgetWakes([Int64])
    /// Reads what was changed, by this node too. In turn with what is written here, so that what is read is never older than that.
    /// Answered by `.changes`.
    case readChanges(after: Int64)
    /// Answered by `.count`; ask again until it is below the limit.
    case forgetChanges(before: Instant, limit: Int)

    /// The lease moves nothing from now on, and what would put something into its hands is refused; unless it was renewed within the
    /// span. Answered by `.givenUp`. Twice is once.
    case giveUp(Lease, silentFor: Duration)
    /// Makes up to `limit` deliveries that a lease holds that was given up waiting again, due now. Answered by `.count`; ask again until
    /// it is below the limit.
    case takeOver(Lease, limit: Int)
    /// Forgets a lease that was given up and holds nothing any more: a change that all others hear of. Answered by `.done`. Twice is
    /// once.
    case remove(Lease)
}

package enum NodeResult: Hashable, Sendable {
    case done
    case count(Int)
    /// Whether it is.
    case givenUp(Bool)
    case changes(CatalogueChanges)
}

package struct CatalogueChanges: Hashable, Sendable {
    /// In the order of their commits; of what changed several times, the state now, at each.
    package let changes: [CatalogueChange]
    /// Up to which everything is known now.
    package let revision: Int64
    package let hasMore: Bool

    package init(changes: [CatalogueChange], revision: Int64, hasMore: Bool) {
        self.changes = changes
        self.revision = revision
        self.hasMore = hasMore
    }
}

/// Something that nodes keep in memory has changed, and how it is now.
package enum CatalogueChange: Hashable, Sendable {
    case application(Application)
    case deletedApplication(Int64)
    case endpoint(Endpoint)
    case deletedEndpoint(Int64)
    case integration(Integration)
    case deletedIntegration(Int64)
    /// A delivery was cancelled that a node may hold.
    case withdrawn(DeliveryKey)
    /// A node is no more, and what it held waits.
    case departed(Lease)
    /// A node has learnt something of an endpoint.
    case learnt(endpoint: Int64, EndpointNews, by: Lease)
}

/// What a change is about, as it is stored.
package enum ChangeSubject: Hashable, Sendable {
    case application(Int64)
    case endpoint(Int64)
    case integration(Int64)
    case withdrawn(DeliveryKey)
    case departed(Lease)
    case learnt(endpoint: Int64, EndpointNews, by: Lease)
}

extension CatalogResult {
    /// What others have to hear of.
    package func subjects(of command: CatalogCommand) -> [ChangeSubject] {
        switch self {
        case .application(let application): [.application(application.id.key)]
        case .deletedApplication(let application, let endpoints):
            endpoints.map { .endpoint($0) } + [.application(application.id.key)]
        case .endpoint(let endpoint): [.endpoint(endpoint.id.key)]
        case .cancelledMessage(let message, let endpoints):
            endpoints.map { .withdrawn(DeliveryKey(message: message, endpoint: $0)) }
        case .content(.expunged(_, let cancelled)), .task(.stepped(_, let cancelled)): cancelled.map { .withdrawn($0) }
        case .token(.integration(let integration)), .token(.deletedIntegration(let integration)):
            [.integration(integration.id.key)]
        case .node:
            switch command {
            case .node(.remove(let lease)): [.departed(lease)]
            case .node(.tell(let endpoint, let news, let lease)): [.learnt(endpoint: endpoint, news, by: lease)]
            default: []
            }
        case .done, .eventType, .count, .resend, .replay, .setting, .token, .consumer, .content, .task, .retention: []
        }
    }
}

extension WriteCommand {
    /// The leases into whose hands it would put something.
    package var beneficiaries: Set<Lease> {
        switch self {
        case .publish(let new): Set(new.deliveries.compactMap(\.machine.holder))
        case .claim(let claim): [claim.lease]
        case .move, .catalog: []
        }
    }

    /// Whether it puts nothing into the hands of another lease: asked of every command, so it makes no set.
    package func benefitsNone(but lease: Lease) -> Bool {
        switch self {
        case .publish(let new): new.deliveries.allSatisfy { ($0.machine.holder ?? lease) == lease }
        case .claim(let claim): claim.lease == lease
        case .move, .catalog: true
        }
    }
}
