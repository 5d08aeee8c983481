import GodwitCore
import GodwitEngine
import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import GodwitHTTP

/// What the lane does when nothing comes, on a clock that the test moves.
@Suite("The publish lane's patience", .timeLimit(.minutes(1))) struct PublishLaneTimeTests {
    private func withLane(budget: BodyBudget = BodyBudget(), _ body: (NIOAsyncTestingChannel) async throws -> Void) async throws
    {
        try await APIServer.run { server in
            let service = APIService(
                engine: server.engine, tokens: TokenVerifier(secret: APIServer.secret, access: server.engine.access),
                rates: nil, publicURL: nil, policy: TargetPolicy(),
                payloadRetention: .seconds(86_400), logger: .init(label: "test"))
            let channel = NIOAsyncTestingChannel()
            try await channel.testingEventLoop.executeInContext {
                try channel.pipeline.syncOperations.addHandler(
                    PublishLane(publisher: Publisher(service: service), budget: budget))
            }
            try await channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1))
            try await body(channel)
            _ = try? await channel.finish(acceptAlreadyClosed: true)
        }
    }

    private func status(_ channel: NIOAsyncTestingChannel) async throws -> Int? {
        guard case .head(let head)? = try await channel.readOutbound(as: HTTPResponsePart.self) else { return nil }
        return head.status.code
    }

    @Test("an idle connection is closed")
    func idle() async throws {
        try await withLane { channel in
            await channel.testingEventLoop.advanceTime(by: .seconds(Int64(Limits.connectionIdleSeconds) - 1))
            #expect(channel.isActive)
            await channel.testingEventLoop.advanceTime(by: .seconds(1))
            #expect(!channel.isActive)
            let answer = try await status(channel)
            #expect(answer == nil)
        }
    }

    @Test("a request that does not arrive in time is refused, however it trickles")
    func slow() async throws {
        try await withLane { channel in
            await channel.testingEventLoop.advanceTime(by: .seconds(50))
            let head = HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/api/v1/app/a/msg")
            try await channel.writeInbound(HTTPRequestPart.head(head))
            for _ in 0..<29 {
                await channel.testingEventLoop.advanceTime(by: .seconds(1))
                try await channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: " ")))
            }
            #expect(try await status(channel) == nil)
            await channel.testingEventLoop.advanceTime(by: .seconds(1))
            #expect(try await status(channel) == 408)
            await channel.testingEventLoop.advanceTime(by: .seconds(Int64(Limits.lingerSeconds)))
            #expect(!channel.isActive)
        }
    }

    @Test("a request is passed on when it is whole, and the next one when it was answered")
    func forwards() async throws {
        try await withLane { channel in
            let head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: "/api/v1/app")
            for _ in 0..<2 {
                try await channel.writeInbound(HTTPRequestPart.head(head))
                #expect(try await channel.readInbound(as: HTTPRequestPart.self) == nil)
                try await channel.writeInbound(HTTPRequestPart.end(nil))
                #expect(try await channel.readInbound(as: HTTPRequestPart.self) == .head(head))
                #expect(try await channel.readInbound(as: HTTPRequestPart.self) == .end(nil))
                // Nobody hurries the router.
                await channel.testingEventLoop.advanceTime(by: .seconds(1000))
                #expect(channel.isActive)
                try await channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
                try await channel.writeOutbound(HTTPResponsePart.end(nil))
                #expect(try await status(channel) == 200)
                _ = try await channel.readOutbound(as: HTTPResponsePart.self)
            }
        }
    }

    @Test("bodies that are too much together are refused, and room that was taken is given back")
    func budget() async throws {
        let budget = BodyBudget(limit: 10)
        try await withLane(budget: budget) { channel in
            let head = HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/api/v1/app")
            for (bytes, expected) in [(10, 200), (10, 200), (11, 429)] {
                try await channel.writeInbound(HTTPRequestPart.head(head))
                try await channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: bytes)))
                try await channel.writeInbound(HTTPRequestPart.end(nil))
                if expected == 200 {
                    #expect(!budget.take(1))
                    try await channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
                    try await channel.writeOutbound(HTTPResponsePart.end(nil))
                }
                let answer = try await status(channel)
                #expect(answer == expected)
                while try await channel.readOutbound(as: HTTPResponsePart.self) != nil {}
            }
        }
        #expect(budget.take(10))
    }
}
