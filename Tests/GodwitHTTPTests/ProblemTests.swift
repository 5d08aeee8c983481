import GodwitCore
import GodwitStore
import HTTPTypes
import Testing

@testable import GodwitHTTP

@Suite("Problems") struct ProblemTests {
    @Test(
        "of the store have one status each, and say nothing of what the store said",
        arguments: [
            (StoreError.Code.conflict, 409, "conflict", false), (.notFound, 404, "not_found", false),
            (.full, 503, "storage_full", true), (.unavailable, 503, "unavailable", true),
            (.unusable, 500, "server_error", false),
        ])
    func store(code: StoreError.Code, status: Int, name: String, canBeRepeated: Bool) throws {
        let answer = Answer(Problem(StoreError(code, "detail of the store")))
        let json = try JSONValue.parse(try #require(answer.body))
        #expect(answer.status.code == status && json["code"] == .string(name))
        #expect((answer.headers[.retryAfter] != nil) == canBeRepeated)
        #expect(json["detail"]?.string?.isEmpty == false && json["detail"]?.string?.contains("detail of the store") == false)
    }

    @Test("of fields are a list")
    func fields() throws {
        let answer = Answer(Problem(["body", "a"], "no"))
        #expect(answer.status.code == 422)
        let expected = #"{"detail":[{"loc":["body","a"],"msg":"no","type":"value_error"}]}"#
        #expect(String(decoding: try #require(answer.body), as: UTF8.self) == expected)
    }
}
