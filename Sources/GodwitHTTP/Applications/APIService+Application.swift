import GodwitCore
import GodwitEngine
import GodwitStore

extension APIService {
    /// Makes the application that a request names in its path and describes in its body. Of two at once one makes it.
    ///
    /// - Parameter reference: as in the path; the body's uid must be the same.
    func makeApplication(
        _ input: ApplicationIn, at reference: String, _ organization: OrganizationID
    ) async throws -> CatalogueApplication {
        guard let uid = input.uid.value else {
            throw Problem(["body", "application", "uid"], "expected the uid in the path", type: "application_uid_missing")
        }
        guard uid == reference else {
            throw Problem(["body", "application", "uid"], "expected the uid in the path", type: "application_uid_mismatch")
        }
        let now = engine.now
        let application = Application(
            id: engine.makeIdentifier(ApplicationKind.self), organization: organization, uid: uid, name: input.name,
            metadata: input.metadata.value ?? .init(), rateLimit: RateLimit(perSecond: input.throttleRate.value),
            createdAt: now, updatedAt: now)
        do throws(StoreError) {
            _ = try await engine.change(.insertApplication(application))
        } catch {
            // Of a conflict: another request has just made it.
            guard error.code == .conflict else { throw error }
        }
        guard let made = engine.catalogue.application(organization, reference) else { throw Problem.notFound }
        return made
    }
}

extension APIRequest {
    /// The application in the path; made of `input` when there is none.
    func application(orMake input: ApplicationIn?) async throws -> CatalogueApplication {
        let reference = parameter("app_id")
        guard let input, engine.catalogue.application(organization, reference) == nil else { return try application() }
        _ = try await service.makeApplication(input, at: reference, organization)
        return try application()
    }
}
