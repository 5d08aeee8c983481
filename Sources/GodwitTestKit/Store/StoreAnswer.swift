import GodwitCore
import GodwitStore

/// A result, comparable.
enum StoreAnswer: Equatable {
    case published(PublishResult)
    case moved(Bool)
    case claimed([StoredDelivery], [MessageContent], nextDue: Instant?, lastLine: Int64)
    case refused(StoreError.Code)
    case application(Application, endpoints: [Int64]?)
    case endpoint(Endpoint)
    case eventType(EventType)
    case count(Int)
    case resend(DeliveryStateMachine.ResendAction)
    case cancelledMessage(Int64, endpoints: [Int64])
    case replay(Replay)
    case setting(String)
    case revoked([Revocation])
    case signingKeys([SigningKey])
    case integration(Integration)
    case consumer(ConsumerResult)
    case expunged([Bool], [DeliveryKey])
    case task(BackgroundTask, [DeliveryKey])
    case retention(RetentionResult)
    case done

    init(_ result: WriteResult) {
        switch result {
        case .published(let result): self = .published(result)
        case .moved(let moved): self = .moved(moved)
        case .claimed(let claimed):
            self = .claimed(
                claimed.deliveries.map { StoredDelivery(key: $0.key, sequence: $0.sequence, machine: $0.machine) },
                claimed.deliveries.map(\.message.content), nextDue: claimed.nextDue, lastLine: claimed.lastLine)
        case .catalog(.failure(let error)): self = .refused(error.code)
        case .catalog(.success(let result)): self.init(result)
        }
    }

    private init(_ result: CatalogResult) {
        switch result {
        case .done: self = .done
        case .application(let application): self = .application(application, endpoints: nil)
        case .deletedApplication(let application, let endpoints): self = .application(application, endpoints: endpoints)
        case .endpoint(let endpoint): self = .endpoint(endpoint)
        case .eventType(let eventType): self = .eventType(eventType)
        case .count(let count): self = .count(count)
        case .resend(let action): self = .resend(action)
        case .cancelledMessage(let message, let endpoints): self = .cancelledMessage(message, endpoints: endpoints)
        case .replay(let replay): self = .replay(replay)
        case .setting(let value): self = .setting(value)
        case .token(let result): self.init(result)
        case .consumer(let result): self = .consumer(result)
        case .content(.done): self = .done
        case .content(.expunged(let found, let cancelled)): self = .expunged(found, cancelled)
        case .task(.task(let task)): self = .task(task, [])
        case .task(.stepped(let task, let cancelled)): self = .task(task, cancelled)
        case .task(.count(let count)): self = .count(count)
        case .retention(let result): self = .retention(result)
        case .node: self = .done
        }
    }

    private init(_ result: TokenResult) {
        switch result {
        case .done: self = .done
        case .revoked(let revocations): self = .revoked(revocations)
        case .signingKeys(let keys): self = .signingKeys(keys)
        case .count(let count): self = .count(count)
        case .integration(let integration), .deletedIntegration(let integration): self = .integration(integration)
        }
    }
}
