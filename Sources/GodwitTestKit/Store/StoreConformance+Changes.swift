import GodwitCore
import GodwitStore
import Testing

/// What nodes tell each other through the store they share.
extension StoreConformance {
    package static func changesAreTold(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        guard scene.store.isShared else {
            try scene.change(.insertApplication(scene.application()))
            #expect(try scene.changes(after: 0).changes.isEmpty)
            return
        }
        #expect(try scene.changes(after: 0) == CatalogueChanges(changes: [], revision: 0, hasMore: false))
        let (application, endpoint) = try scene.registered()
        var changes = try scene.changes(after: 0)
        #expect(changes.changes == [.application(application), .endpoint(endpoint)])
        #expect(try changes.revision == scene.store.revision())
        #expect(try scene.store.news(after: 0).hasChanges)
        #expect(try !scene.store.news(after: changes.revision).hasChanges)

        // What several changed stands as it is now; what is refused changes nothing.
        let before = changes.revision
        try scene.change(
            .changeEndpoint(application: application.id.key, endpoint.id.reference) { $0.url = "https://a.example" })
        try scene.change(.changeEndpointByKey(endpoint.id.key) { $0.disabled = true })
        refused(.notFound) { try scene.change(.changeEndpointByKey(1) { $0.disabled = true }) }
        var changed = endpoint
        changed.url = "https://a.example"
        changed.disabled = true
        changes = try scene.changes(after: before)
        #expect(Set(changes.changes) == [.endpoint(changed)] && changes.changes.count == 2)

        let integration = Integration(
            id: scene.identifier(), application: application.id.key, name: "crm", featureFlags: [], createdAt: scene.now,
            updatedAt: scene.now)
        try scene.change(.token(.insertIntegration(integration)))
        #expect(try scene.changes(after: changes.revision).changes == [.integration(integration)])
        try scene.change(.token(.deleteIntegration(application: application.id.key, integration.id.reference)))
        #expect(try scene.changes(after: changes.revision).changes.last == .deletedIntegration(integration.id.key))

        let revision = try scene.store.revision()
        try scene.change(.deleteApplication(.standard, application.id.reference))
        #expect(
            try Set(scene.changes(after: revision).changes)
                == [.deletedEndpoint(endpoint.id.key), .deletedApplication(application.id.key)])
        // Nothing of a batch that fails is told.
        let last = try scene.store.revision()
        try scene.failBatch([.catalog(.insertApplication(scene.application()))])
        #expect(try !scene.store.news(after: last).hasChanges)
    }

    package static func withdrawalsAreTold(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        guard scene.store.isShared else { return }
        let held = try scene.delivery(to: 1, as: .accepted(under: scene.lease))
        let message = try #require(try scene.store.messageIDs([held.message])[held.message])
        try scene.change(.cancelMessage(application: 1, message.reference))
        #expect(try scene.changes(after: 0).changes == [.withdrawn(held)])
        let revision = try scene.store.revision()
        let other = try scene.delivery(to: 1, as: .accepted(under: scene.lease))
        let second = try #require(try scene.store.messageIDs([other.message])[other.message])
        try scene.change(.content(.expungeMessages(application: 1, [message.reference, second.reference])))
        #expect(try scene.changes(after: revision).changes == [.withdrawn(other)])
    }

    package static func changesAreBounded(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        guard scene.store.isShared else { return }
        let application = scene.application()
        try scene.change(.insertApplication(application))
        let change = WriteCommand.catalog(.changeApplication(.standard, application.id.reference) { $0.name = "changed" })
        try scene.commit(Array(repeating: change, count: Limits.changesRead))
        var revision: Int64 = 0
        var changes = try scene.changes(after: revision)
        #expect(changes.changes.count == Limits.changesRead && changes.hasMore)
        revision = changes.revision
        changes = try scene.changes(after: revision)
        #expect(changes.changes.count == 1 && !changes.hasMore)
        #expect(try changes.revision == scene.store.revision())

        scene.advance(.seconds(5))
        try scene.commit([change])
        #expect(try scene.nodeCount(of: .forgetChanges(before: scene.now, limit: 200)) == 200)
        #expect(try scene.nodeCount(of: .forgetChanges(before: scene.now, limit: 1000)) == Limits.changesRead + 1 - 200)
        #expect(try scene.nodeCount(of: .forgetChanges(before: scene.now, limit: 1000)) == 0)
        #expect(try scene.changes(after: 0).changes.count == 1)
    }

    package static func wakesAreKeptUntilHeard(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        guard scene.store.isShared else {
            try scene.change(.node(.wake([Wake(endpoint: 1, due: scene.now)])))
            #expect(try scene.store.news(after: 0).wakes.isEmpty)
            return
        }
        let later = scene.now + .seconds(60)
        try scene.change(.node(.wake([Wake(endpoint: 1, due: scene.now), Wake(endpoint: 2, due: later)])))
        let first = try scene.store.news(after: 0).wakes
        #expect(first.map(\.wake) == [Wake(endpoint: 1, due: scene.now), Wake(endpoint: 2, due: later)])
        // The earlier of two stands, under a number that nobody has heard yet.
        try scene.change(.node(.wake([Wake(endpoint: 1, due: later), Wake(endpoint: 2, due: scene.now)])))
        try scene.change(.node(.forgetWakes(first.map(\.number))))
        let second = try scene.store.news(after: 0).wakes
        #expect(Set(second.map(\.wake)) == [Wake(endpoint: 1, due: scene.now), Wake(endpoint: 2, due: scene.now)])
        #expect(Set(second.map(\.number)).isDisjoint(with: first.map(\.number)))
        try scene.change(.node(.forgetWakes([second[0].number])))
        #expect(try scene.store.news(after: 0).wakes == [second[1]])
        try scene.change(.node(.forgetWakes([second[0].number, second[1].number, 7])))
        #expect(try scene.store.news(after: 0).wakes.isEmpty)
    }
}
