/// What `godwit serve --dev` prints for a newcomer: a token, and three lines to paste.
struct Welcome {
    let address: Server.Address

    var text: String {
        let base = "\(address.url)/api/v1"
        return """

            Godwit is ready: \(base)
              health          \(base)/health
              documentation   README.md, Docs/

            Paste these into another terminal:

            export TOKEN=\(address.token)

            1. Create an application:
            curl -sS -X POST \(base)/app -H "Authorization: Bearer $TOKEN" -d '{"name":"First shop","uid":"shop"}'

            2. Register the URL that gets its events (here: anything that listens on port 9000):
            curl -sS -X POST \(base)/app/shop/endpoint -H "Authorization: Bearer $TOKEN" -d '{"url":"http://127.0.0.1:9000/webhooks"}'

            3. Publish an event:
            curl -sS -X POST \(base)/app/shop/msg -H "Authorization: Bearer $TOKEN" \
            -d '{"eventType":"payment.approved","payload":{"paymentKey":"pay_1","amount":15000,"currency":"KRW"}}'

            Stop with Ctrl-C.

            """
    }
}
