import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes

struct ApplicationRoutes {
    private static let taken = Problem.conflict("An application with that id or uid already exists")

    var routes: [Route] {
        [
            Route(.get, "/app", .organization, list),
            Route(.post, "/app", .organization, create),
            Route(.get, "/app/{app_id}", .application) { Answer(.ok, ApplicationOut(try $0.application().application)) },
            Route(.put, "/app/{app_id}", .organization, put),
            Route(.patch, "/app/{app_id}", .organization, patch),
            Route(.delete, "/app/{app_id}", .organization, delete),
        ]
    }

    private func list(_ request: APIRequest) async throws -> Answer {
        let (filter, page) = try request.readQuery { query in
            (ApplicationFilter(&query), query.page(order: PageRequest<Int64>.Order.ascending) { ApplicationID($0)?.key })
        }
        let found = try await request.applications(filter, page)
        return Answer(
            .ok,
            ListAnswer(found, iterator: \.application.id.description) { listed in
                listed.isShown ? ApplicationOut(listed.application) : nil
            })
    }

    private func create(_ request: APIRequest) async throws -> Answer {
        let isAllowedToExist = try request.readQuery { $0.bool("get_if_exists", default: false) }
        let input = try request.readBody(ApplicationIn.init)
        let existing = { input.uid.value.flatMap { request.engine.catalogue.application(request.organization, $0) } }
        if isAllowedToExist, let existing = existing() { return Answer(.ok, ApplicationOut(existing.application)) }
        do {
            return try await insert(input, uid: input.uid.value, request)
        } catch let problem as Problem where problem == Self.taken && isAllowedToExist {
            // Another request has just created it.
            guard let existing = existing() else { throw problem }
            return Answer(.ok, ApplicationOut(existing.application))
        }
    }

    private func put(_ request: APIRequest) async throws -> Answer {
        let reference = try request.reference(toPut: "app_id", ApplicationKind.self)
        let input = try request.readBody(ApplicationIn.init)
        let now = request.now
        let uid = input.uid(orFrom: reference)
        let exists = { request.engine.catalogue.application(request.organization, request.parameter("app_id")) != nil }
        if !exists() {
            do {
                return try await insert(input, uid: uid, request)
            } catch let problem as Problem where problem == Self.taken {
                // Another request has just created it, unless another application has that uid.
                guard exists() else { throw problem }
            }
        }
        return try await change(request, reference) { application in
            application.name = input.name
            application.uid = uid
            application.metadata = input.metadata.value ?? .init()
            application.rateLimit.perSecond = input.throttleRate.value
            application.updatedAt = now
        }
    }

    private func patch(_ request: APIRequest) async throws -> Answer {
        let reference = try request.reference("app_id", ApplicationKind.self)
        let input = try request.readBody(ApplicationPatch.init)
        let now = request.now
        return try await change(request, reference) { application in
            if let name = input.name { application.name = name }
            input.uid.apply(to: &application.uid)
            if input.metadata.isPresent { application.metadata = input.metadata.value ?? .init() }
            input.throttleRate.apply(to: &application.rateLimit.perSecond)
            application.updatedAt = now
        }
    }

    private func delete(_ request: APIRequest) async throws -> Answer {
        let reference = try request.reference("app_id", ApplicationKind.self)
        try await request.engine.deleteApplication(request.organization, reference)
        return .noContent
    }

    private func insert(_ input: ApplicationIn, uid: String?, _ request: APIRequest) async throws -> Answer {
        let application = Application(
            id: request.engine.makeIdentifier(ApplicationKind.self), organization: request.organization, uid: uid,
            name: input.name, metadata: input.metadata.value ?? .init(),
            rateLimit: RateLimit(perSecond: input.throttleRate.value), createdAt: request.now, updatedAt: request.now)
        _ = try await request.change(.insertApplication(application), conflict: Self.taken)
        return Answer(.created, ApplicationOut(application))
    }

    private func change(
        _ request: APIRequest, _ reference: Reference, _ edit: @escaping @Sendable (inout Application) -> Void
    ) async throws -> Answer {
        let command = CatalogCommand.changeApplication(request.organization, reference, edit)
        guard case .application(let changed) = try await request.change(command, conflict: Self.taken) else {
            throw Problem.serverError
        }
        return Answer(.ok, ApplicationOut(changed))
    }
}
