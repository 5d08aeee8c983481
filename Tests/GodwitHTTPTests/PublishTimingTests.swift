import GodwitCore
import GodwitEngine
import HTTPTypes
import Testing

@testable import GodwitHTTP

@Suite("When a message is delivered") struct PublishTimingTests {
    private static let now = Instant(millisecondsSince1970: 1_800_000_000_000)

    private func timing(_ deliverAt: Duration?, _ after: Duration?) throws(ValidationError) -> MessageTiming {
        let times = [("deliverAt", deliverAt), ("doNotDeliverAfter", after)].compactMap { name, span in
            span.map { #","\#(name)":"\#(RFC3339.format(Self.now + $0))""# }
        }
        let body = #"{"eventType":"a","payload":{}\#(times.joined())}"#
        return try PublishInput(Array(body.utf8)).timing(at: Self.now, retention: .seconds(5 * 86_400))
    }

    @Test("is in the publisher's hands, and the past means at once")
    func accepted() throws {
        #expect(try timing(nil, nil) == MessageTiming())
        #expect(
            try timing(.seconds(60), .seconds(60))
                == MessageTiming(deliverAt: Self.now + .seconds(60), doNotDeliverAfter: Self.now + .seconds(60)))
        #expect(try timing(.seconds(-60), nil) == MessageTiming())
        #expect(try timing(.zero, .seconds(365 * 86_400)).deliverAt == nil)
        #expect(try timing(.seconds(5 * 86_400), nil).deliverAt == Self.now + .seconds(5 * 86_400))
    }

    @Test(
        "is refused when it can't be kept",
        arguments: [
            (.seconds(5 * 86_400 + 1), nil, ["deliverAt"]), (.seconds(366 * 86_400), nil, ["deliverAt"]),
            (nil, .zero, ["doNotDeliverAfter"]), (nil, .seconds(-1), ["doNotDeliverAfter"]),
            (nil, .seconds(365 * 86_400 + 1), ["doNotDeliverAfter"]), (.seconds(61), .seconds(60), ["doNotDeliverAfter"]),
        ] as [(Duration?, Duration?, [String])])
    func refused(deliverAt: Duration?, after: Duration?, fields: [String]) throws {
        let error = #expect(throws: ValidationError.self) { try timing(deliverAt, after) }
        #expect(error?.errors.map { $0.location.last ?? "" } == fields)
    }

    @Test("is shown with the message", .timeLimit(.minutes(1)))
    func shown() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            let later = RFC3339.format(server.engine.now + .seconds(3600))
            let members = #""deliverAt":"\#(later)","doNotDeliverAfter":"\#(later)","orderingKey":"order 7 é""#
            let id = try await server.publish(app, members)
            let message = try await server.call(.get, "/app/\(app)/msg/\(id)")
            #expect(message["deliverAt"] == .string(later) && message["doNotDeliverAfter"] == .string(later))
            #expect(message["orderingKey"] == .string("order 7 é"))
            let plain = try await server.call(.get, "/app/\(app)/msg/\(try await server.publish(app))")
            #expect(plain["deliverAt"] == .null && plain["doNotDeliverAfter"] == .null && plain["orderingKey"] == .null)
        }
    }

    @Test("ends when it is cancelled", .timeLimit(.minutes(1)))
    func cancelled() async throws {
        try await APIServer.run { server in
            let app = try await server.makeApplication()
            for _ in 0..<2 { _ = try await server.makeEndpoint(app) }
            let later = RFC3339.format(server.engine.now + .seconds(3600))
            _ = try await server.publish(app, #""deliverAt":"\#(later)","eventId":"e""#)
            #expect(try await server.call(.post, "/app/\(app)/msg/e/cancel").text == #"{"cancelled":2}"#)
            #expect(try await server.call(.post, "/app/\(app)/msg/e/cancel").text == #"{"cancelled":0}"#)
            let endpoints = try await server.call(.get, "/app/\(app)/msg/e/endpoint")
            #expect(endpoints.column("statusText") == ["canceled", "canceled"])
            #expect(try await server.call(.post, "/app/\(app)/msg/none/cancel").status == 404)
            let reader = try await server.token(readOnly: true)
            #expect(try await server.call(.post, "/app/\(app)/msg/e/cancel", token: reader).status == 403)
        }
    }
}
