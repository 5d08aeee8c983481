import GodwitCore
import GodwitEngine
import GodwitStore
import HTTPTypes
import Logging
import NIOCore

/// Publishing, from a whole request to its answer: `POST /api/v1/app/{app_id}/msg`.
///
/// This is the path that every event takes, so it has no task, no suspension and no decoding of the payload; only a token that
/// was never seen before is verified on a task, once.
struct Publisher: Sendable {
    let service: APIService

    /// The application in the path, if this is a request to publish.
    static func application(_ head: HTTPRequest, _ target: RequestTarget) -> Substring? {
        guard head.method == .post, target.segments.count == 5, target.segments[4] == "msg", target.segments[0] == "api",
            target.segments[1] == "v1", target.segments[2] == "app"
        else { return nil }
        return target.segments[3]
    }

    struct Request: Sendable {
        let fields: HTTPFields
        let target: RequestTarget
        let application: Substring
        let body: [UInt8]
    }

    /// - Parameter completion: called once, on `eventLoop`; before this returns when the request is refused at once.
    func publish(_ request: Request, on eventLoop: any EventLoop, completion: @escaping @Sendable (Answer) -> Void) {
        do throws(Problem) {
            let token = try TokenVerifier.bearerToken(request.fields)
            if let caller = service.tokens.rememberedCaller(token, at: service.engine.now) {
                try publish(request, caller, on: eventLoop, completion)
            } else {
                verify(token, then: request, on: eventLoop, completion)
            }
        } catch {
            completion(Answer(error))
        }
    }

    private func verify(
        _ token: String, then request: Request, on eventLoop: any EventLoop, _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        Task {
            let result: Result<Caller, Problem>
            do throws(Problem) {
                result = .success(try await service.tokens.caller(token, at: service.engine.now))
            } catch {
                result = .failure(error)
            }
            eventLoop.execute {
                do throws(Problem) {
                    try publish(request, try result.get(), on: eventLoop, completion)
                } catch {
                    completion(Answer(error))
                }
            }
        }
    }

    private func publish(
        _ request: Request, _ caller: Caller, on eventLoop: any EventLoop, _ completion: @escaping @Sendable (Answer) -> Void
    ) throws(Problem) {
        try service.admit(caller)
        try Access.organization.check(caller, method: .post)
        let checked = try CheckedPublish(request, caller, at: service.engine.now, retention: service.payloadRetention)
        if let application = service.engine.catalogue.application(caller.organization, String(request.application)) {
            publish(checked, to: application, on: eventLoop, completion)
        } else if let described = checked.input.application {
            make(described, then: checked, on: eventLoop, completion)
        } else {
            throw .notFound("Application not found")
        }
    }

    private func publish(
        _ checked: CheckedPublish, to application: CatalogueApplication, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        service.engine.publish(checked.request(to: application), on: eventLoop) { outcome in
            answer(outcome, application.application, withContent: checked.withContent, on: eventLoop, completion)
        }
    }

    /// The one publish that waits for something else: the application that it describes is made first.
    private func make(
        _ described: ApplicationIn, then checked: CheckedPublish, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        Task {
            let made: Result<CatalogueApplication, Problem>
            do {
                let reference = String(checked.published.application)
                made = .success(try await service.makeApplication(described, at: reference, checked.caller.organization))
            } catch {
                made = .failure(Problem(any: error) ?? .serverError)
            }
            eventLoop.execute {
                switch made {
                case .success(let application): publish(checked, to: application, on: eventLoop, completion)
                case .failure(let problem): completion(Answer(problem))
                }
            }
        }
    }

    private func answer(
        _ outcome: PublishOutcome, _ application: Application, withContent: Bool, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        switch outcome {
        case .accepted(let message):
            let shown = MessageOut(message: message, withContent: withContent)
            completion(Answer(.accepted, shown, reserving: shown.size))
        case .repeated(let key): repeatAnswer(key, application, withContent: withContent, on: eventLoop, completion)
        case .idempotencyMismatch: completion(Answer(.idempotencyMismatch))
        case .duplicateEventID: completion(Answer(.conflict("A message with this eventId already exists")))
        case .overloaded: completion(Answer(.overloaded))
        case .failed(let error):
            service.logger.error("publish failed", metadata: ["error": "\(error)"])
            completion(Answer(Problem(error)))
        }
    }

    /// What was answered the first time is made again from the message that was stored then.
    private func repeatAnswer(
        _ key: Int64, _ application: Application, withContent: Bool, on eventLoop: any EventLoop,
        _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        Task {
            let answer: Answer
            do throws(StoreError) {
                let message = try await service.engine.read { store throws(StoreError) in
                    try store.message(application: application.id.key, key: key)
                }
                answer =
                    message.map {
                        Answer(
                            .accepted, MessageOut(message: $0, withContent: withContent), headers: IdempotencyFields.replayed)
                    } ?? Answer(.notFound)
            } catch {
                answer = Answer(Problem(error))
            }
            eventLoop.execute { completion(answer) }
        }
    }
}
