import GodwitCore
import GodwitStore

/// Every list of the API, with each of its filters, at a place chosen by chance.
struct APILists {
    let dataset: APIDataset
    let filled: APIStoreFiller.Filled

    struct Request {
        let name: String
        /// Made anew for each request.
        let path: (inout SystemRandomNumberGenerator) -> String
    }

    var all: [Request] { messages + attempts + endpointMessages + others }

    private var application: String { "/api/v1/app/\(filled.application.id)" }

    private var messages: [Request] {
        [
            ("", ""), ("type", "event_types=\(APIDataset.commonType)"), ("rare type", "event_types=\(APIDataset.rareType)"),
            ("channel", "channel=\(APIDataset.channel)"), ("tag", "tag=\(APIDataset.tag)"),
            ("channel and rare type", "channel=\(APIDataset.channel)&event_types=\(APIDataset.rareType)"),
            ("a channel of no message", "channel=none"),
        ].map { list("messages", $0.0, MessageKind.self, query: $0.1) { _ in "/msg" } }
    }

    private var attempts: [Request] {
        [
            ("", ""), ("status 0", "status=0"), ("status 2", "status=2"), ("status 3", "status=3"),
            ("status class 500", "status_code_class=500"), ("status class 300", "status_code_class=300"),
            ("no response", "status_code_class=0"), ("type", "event_types=\(APIDataset.commonType)"),
            ("rare type", "event_types=\(APIDataset.rareType)"), ("channel", "channel=\(APIDataset.channel)"),
            ("tag and status 2", "tag=\(APIDataset.tag)&status=2"), ("with messages", "with_msg=true&limit=250"),
        ].map { list("attempts of an endpoint", $0.0, AttemptKind.self, query: $0.1) { "/attempt/endpoint/\($0)" } }
    }

    private var endpointMessages: [Request] {
        [
            ("", ""), ("status 0", "status=0"), ("status 1", "status=1"), ("status 2", "status=2"), ("status 3", "status=3"),
            ("status 4", "status=4"), ("rare type", "event_types=\(APIDataset.rareType)"),
            ("tag and status 0", "tag=\(APIDataset.tag)&status=0"),
        ].map { list("messages of an endpoint", $0.0, MessageKind.self, query: $0.1) { "/endpoint/\($0)/msg" } }
    }

    private var others: [Request] {
        let paths = [
            ("statistics of an endpoint", "/stats"), ("attempt statistics of an endpoint", "/attempt-stats"),
            ("dead letters of an endpoint", "/dead-letter"), ("feed of an endpoint", "/feed?after=0"),
        ]
        return paths.map { name, path in
            Request(name: name) { random in "\(application)/endpoint/\(endpoint(&random))\(path)" }
        } + [
            Request(name: "endpoints") { _ in "\(application)/endpoint" },
            Request(name: "background tasks") { _ in "/api/v1/background-task" },
        ]
    }

    private func list<Kind: Identified>(
        _ name: String, _ filter: String, _ kind: Kind.Type, query: String, path: @escaping (EndpointID) -> String
    ) -> Request {
        Request(name: filter.isEmpty ? name : "\(name), \(filter)") { random in
            let key = TimeKey.first(at: dataset.publishedAt(Int.random(in: 0..<dataset.messages, using: &random)))
            let place = Identifier<Kind>(key: key, nonce: .init(high: 0, low: 0))
            let filters = query.isEmpty ? "" : "&\(query)"
            return "\(application)\(path(endpoint(&random)))?iterator=\(place)\(filters)"
        }
    }

    private func endpoint(_ random: inout SystemRandomNumberGenerator) -> EndpointID {
        filled.endpoints[Int.random(in: 0..<filled.endpoints.count, using: &random)].id
    }
}
