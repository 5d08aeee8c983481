import GodwitCore

/// Asks the API, and turns what it refuses into an error that says what it said.
struct APIClient: Sendable {
    let client: LocalClient
    let token: String

    struct Answer: Sendable {
        let body: [UInt8]
        let value: JSONValue
    }

    struct Refusal: Error, CustomStringConvertible {
        let status: Int
        let description: String
    }

    /// - Parameter path: under `/api/v1`.
    func call(_ method: String, _ path: String, _ body: [UInt8] = []) async throws -> Answer {
        let answer = try await client.request(method, "/api/v1" + path, token: token, body: body)
        let value = (try? JSONValue.parse(answer.body)) ?? .null
        guard 200..<300 ~= answer.status else {
            throw Refusal(status: answer.status, description: Self.text(of: value) ?? "the server answered \(answer.status)")
        }
        return Answer(body: answer.body, value: value)
    }

    /// In either form of a refusal; see openapi.yaml, `Problem` and `FieldProblems`.
    private static func text(of problem: JSONValue) -> String? {
        switch problem["detail"] {
        case .string(let detail)?: return detail
        case .array(let errors)?:
            return errors.map { error in
                let place = error["loc"]?.items.compactMap(\.text).joined(separator: ".") ?? ""
                return "\(place): \(error["msg"]?.text ?? "")"
            }.joined(separator: "; ")
        default: return nil
        }
    }
}

extension JSONValue {
    /// Without quotes; nil for null.
    var text: String? {
        switch self {
        case .null: nil
        case .bool(let value): "\(value)"
        case .number(let literal): literal
        case .string(let text): text
        case .array, .object: String(decoding: JSONWriter.write(self), as: UTF8.self)
        }
    }

    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
    var members: [Member] { if case .object(let members) = self { members } else { [] } }
}
