/// What was counted of one application.
package struct ApplicationUsage: JSONWritable {
    private let application: Application
    private let messageDestinations: Int64

    package init(_ application: Application, messageDestinations: Int64) {
        self.application = application
        self.messageDestinations = messageDestinations
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("appId", application.id)
            writer.field("appUid", application.uid)
            writer.field("messageDestinations", messageDestinations)
        }
    }
}

/// What the endpoints of one application listen to.
package struct SubscribedEventTypes: JSONWritable {
    private let application: Application
    private let eventTypes: [String]
    private let hasCatchAllEndpoint: Bool

    package init(_ application: Application, _ endpoints: [Endpoint]) {
        self.application = application
        eventTypes = Set(endpoints.flatMap { $0.eventTypes ?? [] }).sorted()
        hasCatchAllEndpoint = endpoints.contains { $0.eventTypes == nil }
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("appId", application.id)
            writer.field("explicitlySubscribedEventTypes", eventTypes)
            writer.field("hasCatchAllEndpoint", hasCatchAllEndpoint)
        }
    }
}

extension UsageScope {
    /// Whole minutes, in minutes since 1970.
    package var minutes: Range<Int64> {
        let first = since.minutesSince1970
        return first..<max(first, (until + .milliseconds(59_999)).minutesSince1970)
    }
}
