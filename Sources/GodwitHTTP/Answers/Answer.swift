import GodwitCore
import HTTPTypes

/// What goes back: JSON, or 204 with nothing. Only the pages for people are anything else.
struct Answer: Hashable, Sendable {
    let status: HTTPResponse.Status
    /// Beside those that describe the body.
    var headers: HTTPFields
    /// JSON text, unless `contentType` says otherwise; nil for none.
    let body: [UInt8]?
    var contentType = "application/json"
    private(set) var stream: AnswerStream?

    init(_ status: HTTPResponse.Status, json: [UInt8], headers: HTTPFields = [:]) {
        self.status = status
        self.headers = headers
        body = json
    }

    /// - Parameter reserving: about how many bytes the JSON will have.
    init(_ status: HTTPResponse.Status, _ value: some JSONWritable, reserving: Int = 512, headers: HTTPFields = [:]) {
        var writer = JSONWriter(reserving: reserving)
        value.write(to: &writer)
        self.init(status, json: writer.finish(), headers: headers)
    }

    init(_ problem: Problem) { self.init(problem.status, problem, headers: problem.headers) }

    private init(empty status: HTTPResponse.Status, headers: HTTPFields = [:]) {
        self.status = status
        self.headers = headers
        body = nil
    }

    static let noContent = noContent()

    static func noContent(headers: HTTPFields = [:]) -> Answer { Answer(empty: .noContent, headers: headers) }

    static func head(_ headers: HTTPFields) -> Answer { Answer(empty: .ok, headers: headers) }

    /// What follows the head is written bit by bit.
    static func stream(_ stream: AnswerStream, headers: HTTPFields) -> Answer {
        var answer = Answer(empty: .ok, headers: headers)
        answer.stream = stream
        return answer
    }

    static func redirect(to location: String) -> Answer {
        Answer(empty: .temporaryRedirect, headers: [.location: location, .contentLength: "0"])
    }

    /// Without the date, which is the connection's part.
    var head: HTTPResponse {
        var fields = headers
        fields.append(contentsOf: CrossOrigin.fields)
        if let body {
            fields[.contentType] = contentType
            fields[.contentLength] = String(body.count)
        }
        return HTTPResponse(status: status, headerFields: fields)
    }
}
