import GodwitCore
import Testing

@Suite("An endpoint") struct EndpointTests {
    private func endpoint(disabled: Bool = false, eventTypes: [String]? = nil, channels: [String]? = nil) -> Endpoint {
        Endpoint(
            id: EndpointID(key: 1, nonce: .init(high: 0, low: 0)), application: 1, url: "https://example.com/",
            disabled: disabled,
            eventTypes: eventTypes, channels: channels, secrets: [], createdAt: .distantPast, updatedAt: .distantPast)
    }

    @Test(
        "wants what passes all of its filters",
        arguments: [
            (nil, nil, [], true), (["a"], nil, [], true), (["b"], nil, [], false), (["b", "a"], nil, ["x"], true),
            (nil, ["x"], [], false), (nil, ["x"], ["y"], false), (nil, ["x", "y"], ["y", "z"], true),
            (["b"], ["x"], ["x"], false),
        ] as [([String]?, [String]?, [String], Bool)])
    func filters(eventTypes: [String]?, channels: [String]?, messageChannels: [String], wants: Bool) {
        #expect(endpoint(eventTypes: eventTypes, channels: channels).wants(eventType: "a", channels: messageChannels) == wants)
    }

    @Test("wants nothing while it is disabled") func disabled() {
        #expect(!endpoint(disabled: true).wants(eventType: "a", channels: []))
    }

    @Test("never shows a secret in its description") func redaction() {
        var shown = endpoint()
        shown.secrets = [EndpointSecret(wireText: "whsec_c2VjcmV0")]
        #expect(!"\(shown.secrets)".contains("c2Vj"))
    }
}
