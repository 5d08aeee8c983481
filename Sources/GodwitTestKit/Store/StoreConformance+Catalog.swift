import GodwitCore
import GodwitStore
import Testing

extension StoreConformance {
    package static func applicationsAreRegistered(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var application = scene.application(uid: "customer-1")
        try scene.change(.insertApplication(application))
        let other = try #require(OrganizationID("org_other"))
        for _ in 0..<2 {
            #expect(try scene.store.application(.standard, application.id.reference) == application)
            #expect(try scene.store.application(.standard, .uid("customer-1")) == application)
            #expect(try scene.store.application(other, application.id.reference) == nil)
            #expect(try scene.store.application(other, .uid("customer-1")) == nil)
            // The key alone is guessable.
            #expect(try scene.store.application(.standard, .id(key: application.id.key, text: "app_guess")) == nil)
            try scene.reopen()
        }
        application.uid = "customer-2"
        // Every character that JSON allows.
        let noncharacter = String(decoding: [0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self)
        application.name = "\u{0}웹훅\(noncharacter)0\(noncharacter)"
        application.metadata = StringMap()
        application.updatedAt = scene.now + .seconds(1)
        let changed = application
        try scene.change(.changeApplication(.standard, .uid("customer-1")) { $0 = changed })
        #expect(try scene.store.application(.standard, .uid("customer-1")) == nil)
        #expect(try scene.store.application(.standard, .uid("customer-2")) == changed)
        #expect(try scene.store.allApplications() == [changed])
        try scene.change(.changeApplication(.standard, .uid("customer-2")) { $0.name = "" })
        #expect(try scene.store.application(.standard, .uid("customer-2"))?.name == "")
        refused(.notFound) { try scene.change(.changeApplication(.standard, .uid("customer-1")) { $0.name = "x" }) }
        refused(.notFound) { try scene.change(.deleteApplication(.standard, .uid("customer-1"))) }
    }

    package static func uidsAreUniqueUntilDeleted(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let first = scene.application(uid: "uid")
        let second = scene.application(uid: "other")
        for application in [first, second] { try scene.change(.insertApplication(application)) }
        refused(.conflict) { try scene.change(.insertApplication(scene.application(uid: "uid"))) }
        refused(.conflict) { try scene.change(.changeApplication(.standard, second.id.reference) { $0.uid = "uid" }) }
        let other = try #require(OrganizationID("org_other"))
        try scene.change(.insertApplication(scene.application(uid: "uid", organization: other)))

        let endpoint = scene.endpoint(of: first, uid: "uid")
        try scene.change(.insertEndpoint(endpoint))
        let neighbour = scene.endpoint(of: first)
        try scene.change(.insertEndpoint(neighbour))
        refused(.conflict) { try scene.change(.insertEndpoint(scene.endpoint(of: first, uid: "uid"))) }
        refused(.conflict) { try scene.change(.changeEndpointByKey(neighbour.id.key) { $0.uid = "uid" }) }
        try scene.change(.insertEndpoint(scene.endpoint(of: second, uid: "uid")))
        try scene.change(.deleteEndpoint(application: first.id.key, .uid("uid")))
        try scene.change(.insertEndpoint(scene.endpoint(of: first, uid: "uid")))

        try scene.change(.deleteApplication(.standard, .uid("uid")))
        let successor = scene.application(uid: "uid")
        try scene.change(.insertApplication(successor))
        #expect(try scene.store.application(.standard, .uid("uid")) == successor)
    }

    package static func endpointsAreRegistered(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let application = scene.application()
        try scene.change(.insertApplication(application))
        var endpoint = scene.endpoint(of: application, uid: "main")
        try scene.change(.insertEndpoint(endpoint))
        let owner = application.id.key
        for _ in 0..<2 {
            #expect(try scene.store.endpoint(application: owner, endpoint.id.reference) == endpoint)
            #expect(try scene.store.endpoint(application: owner, .uid("main")) == endpoint)
            #expect(try scene.store.endpoint(application: owner + 1, endpoint.id.reference) == nil)
            #expect(try scene.store.endpoint(application: owner, .id(key: endpoint.id.key, text: "ep_guess")) == nil)
            try scene.reopen()
        }
        endpoint.uid = nil
        endpoint.url = "http://127.0.0.1:9000/"
        endpoint.disabled = true
        endpoint.eventTypes = nil
        endpoint.channels = ["ch:1", "가"]
        endpoint.headers = StringMap()
        endpoint.secrets = [EndpointSecret(wireText: "whsk_new")]
        let changed = endpoint
        guard
            case .endpoint(changed) = try scene.change(.changeEndpoint(application: owner, .uid("main"), { $0 = changed }))
        else {
            Issue.record("a change must answer with what stands")
            return
        }
        #expect(try scene.store.endpoint(application: owner, endpoint.id.reference) == changed)
        // Changes are made on the current row: both count.
        try scene.commit([
            .catalog(.changeEndpointByKey(endpoint.id.key) { $0.description += "1" }),
            .catalog(.changeEndpointByKey(endpoint.id.key) { $0.description += "2" }),
        ])
        #expect(try scene.store.allEndpoints().map(\.description) == [changed.description + "12"])
        refused(.notFound) { try scene.change(.changeEndpointByKey(endpoint.id.key + 1) { $0.url = "" }) }
        refused(.notFound) { try scene.change(.insertEndpoint(scene.endpoint(of: scene.application()))) }
    }

    package static func deletedThingsAreInvisible(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let application = scene.application(uid: "app")
        try scene.change(.insertApplication(application))
        let owner = application.id.key
        let endpoints = (1...3).map { scene.endpoint(of: application, uid: "ep-\($0)") }
        for endpoint in endpoints { try scene.change(.insertEndpoint(endpoint)) }
        try scene.change(.deleteEndpoint(application: owner, endpoints[0].id.reference))
        guard
            case .deletedApplication(let deleted, let keys) = try scene.change(.deleteApplication(.standard, .uid("app")))
        else {
            Issue.record("a deletion must answer with what was deleted")
            return
        }
        #expect(deleted == application)
        #expect(keys == endpoints.dropFirst().map(\.id.key))
        try scene.reopen()
        let page = PageRequest<Int64>(limit: 10, order: .ascending)
        #expect(try scene.store.application(.standard, application.id.reference) == nil)
        #expect(try scene.store.applications(.standard, page).items.isEmpty)
        #expect(try scene.store.endpoints(application: owner, page).items.isEmpty)
        #expect(try scene.store.allApplications().isEmpty)
        #expect(try scene.store.allEndpoints().isEmpty)
        for endpoint in endpoints {
            #expect(try scene.store.endpoint(application: owner, endpoint.id.reference) == nil)
            refused(.notFound) { try scene.change(.changeEndpointByKey(endpoint.id.key) { $0.disabled = true }) }
            refused(.notFound) { try scene.change(.deleteEndpoint(application: owner, endpoint.id.reference)) }
        }
        refused(.notFound) { try scene.change(.deleteApplication(.standard, application.id.reference)) }
        refused(.notFound) { try scene.change(.insertEndpoint(scene.endpoint(of: application))) }
        // History goes on naming them.
        let named = try scene.store.endpointIDs(Set(endpoints.map(\.id.key)).union([1]))
        #expect(named == Dictionary(uniqueKeysWithValues: endpoints.map { ($0.id.key, $0.id) }))
    }

    package static func eventTypesAreRegistered(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        var eventType = scene.eventType("payment.approved")
        eventType.schemas = #"{"1":{"type":"object"}}"#
        eventType.featureFlags = ["beta", "alpha"]
        eventType.groupName = "payments"
        let inserted = eventType
        try scene.change(.insertEventType(inserted))
        try scene.change(.insertEventType(scene.eventType("payment.cancelled")))
        refused(.conflict) { try scene.change(.insertEventType(scene.eventType("payment.approved"))) }
        let other = try #require(OrganizationID("org_other"))
        try scene.change(.insertEventType(scene.eventType("payment.approved", organization: other)))
        #expect(try scene.store.eventType(.standard, name: "payment.approved") == inserted)

        try scene.change(
            .changeEventType(.standard, name: "payment.approved") { eventType in
                eventType.archived = true
                eventType.deprecated = true
                eventType.schemas = nil
                eventType.featureFlags = ["alpha"]
                eventType.groupName = nil
            })
        try scene.reopen()
        let archived = try #require(try scene.store.eventType(.standard, name: "payment.approved"))
        #expect(archived.archived && archived.deprecated && archived.schemas == nil && archived.featureFlags == ["alpha"])
        #expect(archived.groupName == nil)
        let page = PageRequest<String>(limit: 10, order: .ascending)
        #expect(try scene.store.eventTypes(.standard, includeArchived: false, page).items.map(\.name) == ["payment.cancelled"])
        #expect(try scene.store.eventTypes(.standard, includeArchived: true, page).items.count == 2)
        let names = ["payment.approved", "payment.cancelled", "payment.\"unknown\""]
        #expect(try scene.store.existingEventTypes(.standard, among: names) == ["payment.cancelled"])
        #expect(try scene.store.existingEventTypes(.standard, among: []).isEmpty)

        refused(.conflict) { try scene.change(.insertEventType(scene.eventType("payment.approved"))) }
        try scene.change(.expungeEventType(.standard, name: "payment.approved"))
        refused(.notFound) { try scene.change(.expungeEventType(.standard, name: "payment.approved")) }
        refused(.notFound) { try scene.change(.changeEventType(.standard, name: "payment.approved") { $0.archived = true }) }
        try scene.change(.insertEventType(scene.eventType("payment.approved")))
        #expect(try scene.store.eventType(other, name: "payment.approved") != nil)
    }

    package static func refusalUndoesItselfAlone(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let first = scene.application(uid: "first")
        let last = scene.application(uid: "last")
        let message = scene.message()
        let results = try scene.commit([
            .catalog(.insertApplication(first)),
            .catalog(.insertApplication(scene.application(uid: "first"))),
            scene.publication(message, to: [5]),
            .catalog(.deleteEndpoint(application: 1, .uid("none"))),
            .catalog(.insertApplication(last)),
        ])
        let codes = results.map { result -> StoreError.Code? in
            if case .catalog(.failure(let error)) = result { error.code } else { nil }
        }
        #expect(codes == [nil, .conflict, nil, .notFound, nil])
        try scene.reopen()
        #expect(try scene.store.allApplications() == [first, last])
        #expect(try scene.store.message(application: 1, message.id.reference)?.content == message.content)
    }

    package static func catalogListsHavePages(_ factory: StoreFactory) throws {
        let scene = try StoreScene(factory)
        let applications = (0..<7).map { _ in scene.application() }
        let endpoints = (0..<7).map { _ in scene.endpoint(of: applications[0]) }
        let names = ["a", "a.b", "a_b", "b", "c-1", "z"]
        for application in applications { try scene.change(.insertApplication(application)) }
        for endpoint in endpoints { try scene.change(.insertEndpoint(endpoint)) }
        for name in names.reversed() { try scene.change(.insertEventType(scene.eventType(name))) }
        // What belongs to others, or was deleted, is on no page.
        try scene.change(.insertEndpoint(scene.endpoint(of: applications[1])))
        try scene.change(.deleteApplication(.standard, applications[3].id.reference))
        try scene.change(.deleteEndpoint(application: applications[0].id.key, endpoints[3].id.reference))
        let owner = applications[0].id.key
        let applicationKeys = applications.map(\.id.key).filter { $0 != applications[3].id.key }
        let endpointKeys = endpoints.map(\.id.key).filter { $0 != endpoints[3].id.key }
        try walk(applicationKeys, key: \.id.key) { try scene.store.applications(.standard, $0) }
        try walk(endpointKeys, key: \.id.key) { try scene.store.endpoints(application: owner, $0) }
        try walk(names, key: \.name) { try scene.store.eventTypes(.standard, includeArchived: false, $0) }
        try walk([Int64](), key: \.id.key) { try scene.store.endpoints(application: 1, $0) }
    }
}
