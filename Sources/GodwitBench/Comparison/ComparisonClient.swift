import GodwitCore
import NIOCore

/// A client that asks: at an interval, or again and again with a wait. Asks only for what is newer than what it has.
final class ComparisonClient {
    private let method: ComparisonMethod
    private let path: String
    private let target: ComparisonTarget
    private let connection: ComparisonConnection
    private let state: ComparisonState
    private let loop: any EventLoop
    /// The newest message's id, or the last sequence number.
    private var position = ""
    private var isAsking = false
    var firstPause: Duration = .zero

    init(
        _ method: ComparisonMethod, _ path: String, _ target: ComparisonTarget, _ connection: ComparisonConnection,
        _ state: ComparisonState, _ loop: any EventLoop
    ) {
        self.method = method
        self.path = path
        self.target = target
        self.connection = connection
        self.state = state
        self.loop = loop
        state.clients.append(self)
    }

    /// Learns where the list or the feed ends now.
    func prepare() -> EventLoopFuture<Void> {
        let prepared = loop.makePromise(of: Void.self)
        let query = method == .longPolling ? "/feed?after=0&limit=1" : "/msg?limit=1"
        connection.queue(target.request("GET", path + query)) { answer in
            guard let answer, answer.status == 200, let json = try? JSONValue.parse(answer.body) else {
                return prepared.fail(
                    LoadError(description: "GET \(self.path)\(query) was answered with \(answer?.status ?? 0)"))
            }
            if self.method == .longPolling {
                self.position = "\(json["head"]?.count ?? 0)"
            } else {
                self.take(json)
            }
            prepared.succeed()
        }
        return prepared.futureResult
    }

    func begin() {
        guard case .polling(let interval) = method else { return ask() }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleRepeatedTask(initialDelay: TimeAmount(firstPause), delay: TimeAmount(interval)) { task in
            // Of an earlier run.
            guard bound.value.state.clients.contains(where: { $0 === bound.value }) else { return task.cancel() }
            if !bound.value.isAsking { bound.value.ask() }
        }
    }

    private var request: ByteBuffer {
        if method == .longPolling { return target.request("GET", "\(path)/feed?after=\(position)&limit=250&wait=30") }
        return target.request("GET", "\(path)/msg?limit=50" + (position.isEmpty ? "" : "&iterator=-\(position)"))
    }

    private func ask() {
        isAsking = true
        let request = request
        let sentAt = NIODeadline.now().uptimeNanoseconds
        connection.queue(request) { answer in
            self.isAsking = false
            guard let answer else { return }
            guard answer.status == 200, let json = try? JSONValue.parse(answer.body) else { return self.state.ledger.fail() }
            let (new, items) = self.take(json)
            self.state.ledger.count(requestAt: sentAt, bytes: request.readableBytes + answer.bytes, isWasted: new == 0)
            // Long-polling asks again at once, and so does polling when a page was full.
            if self.method == .longPolling || items == 50 { self.ask() }
        }
    }

    /// - Returns: how many were new to this client, and how many came.
    @discardableResult
    private func take(_ json: JSONValue) -> (new: Int, items: Int) {
        guard case .array(let items)? = json["data"] else { return (0, 0) }
        let now = NIODeadline.now().uptimeNanoseconds
        var new = 0
        for item in items {
            let payload: JSONValue?
            if case .string(let body)? = item["body"] {
                payload = try? JSONValue.parse(Array(body.utf8))
            } else {
                payload = item["payload"]
            }
            if let number = payload?["n"]?.count, state.ledger.see(Int(number), at: now) { new += 1 }
        }
        if method == .longPolling {
            if let next = json["next"]?.count { position = "\(next)" }
        } else if case .string(let newest)? = items.first?["id"] {
            position = newest
        }
        return (new, items.count)
    }
}
