import GodwitReceiver
import GodwitSignature
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The whole adapter: request in, response out.
    func answer(by receiver: any WebhookReceiving, peer: String?) async throws -> Response {
        var webhook = WebhookRequest(method: method.rawValue, url: uri.string, headers: WebhookHeaders(), body: [])
        for field in headers { webhook.headers.append(field.name.rawName, field.value) }
        if let authority = head.authority, webhook.headers["host"] == nil { webhook.headers.append("host", authority) }
        for try await part in body {
            // One byte more than allowed is enough for the receiver's 413.
            webhook.body.append(contentsOf: part.readableBytesView.prefix(receiver.maxBodyBytes + 1 - webhook.body.count))
            if webhook.body.count > receiver.maxBodyBytes { break }
        }
        let answer = await receiver.receive(webhook, peer: peer)
        var fields = HTTPFields()
        for field in answer.headers {
            guard let name = HTTPField.Name(field.name) else { continue }
            fields.append(HTTPField(name: name, value: field.value))
        }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
