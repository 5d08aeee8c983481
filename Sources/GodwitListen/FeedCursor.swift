package import GodwitCore

/// Where a client of a feed stopped, in a file: `{"feed":"app/endpoint","after":7}`.
package struct FeedCursor: Hashable, Sendable {
    /// Which feed it belongs to: with another one the number would skip events or repeat them.
    package let feed: String
    package var after: UInt64

    package init(feed: String, after: UInt64) {
        self.feed = feed
        self.after = after
    }

    package enum Malformed: Error, Hashable, CustomStringConvertible {
        case notACursor
        case otherFeed(String)

        package var description: String {
            switch self {
            case .notACursor: "is not a cursor"
            case .otherFeed(let feed): "belongs to the feed of \(feed)"
            }
        }
    }

    package init(file: [UInt8], feed: String) throws(Malformed) {
        guard let json = try? JSONValue.parse(file), let after = json["after"]?.count, let owner = json["feed"]?.string else {
            throw .notACursor
        }
        guard owner == feed else { throw .otherFeed(owner) }
        self.init(feed: feed, after: after)
    }
}

extension FeedCursor: JSONWritable {
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("feed", feed)
            writer.field("after", after)
        }
    }
}
