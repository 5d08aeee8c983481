/// What an identifier names. The wire form of every identifier is `prefix` + 27 base62 digits.
package protocol Identified: Sendable {
    /// Includes the underscore: `msg_`.
    static var prefix: StaticString { get }
}

package enum ApplicationKind: Identified { package static let prefix: StaticString = "app_" }
package enum EndpointKind: Identified { package static let prefix: StaticString = "ep_" }
package enum MessageKind: Identified { package static let prefix: StaticString = "msg_" }
/// A replay is what the API calls a background task.
package enum ReplayKind: Identified { package static let prefix: StaticString = "qtask_" }
/// One request with several messages; not stored.
package enum BatchKind: Identified { package static let prefix: StaticString = "batch_" }
package enum AttemptKind: Identified { package static let prefix: StaticString = "atmpt_" }

/// A time-ordered identifier that carries its own database key.
///
/// The wire form is a KSUID of millisecond kind: 20 bytes in base62, of which the first 5 are a time in units of 4 ms since
/// `TimeKey.epoch`, and the next 3 complete the 64-bit `key` under which the row is stored. The other 12 bytes are random and
/// make the identifier unguessable. Byte order is time order, so a list by key is a list by time.
package struct Identifier<Kind: Identified>: Hashable, Sendable, Comparable {
    /// The row's primary key; see `TimeKey`.
    package let key: Int64
    /// The random 12 bytes.
    package let nonce: Nonce

    package struct Nonce: Hashable, Sendable {
        package let high: UInt64
        package let low: UInt32
        package init(high: UInt64, low: UInt32) {
            self.high = high
            self.low = low
        }
    }

    package init(key: Int64, nonce: Nonce) {
        self.key = key
        self.nonce = nonce
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.key, left.nonce.high, left.nonce.low) < (right.key, right.nonce.high, right.nonce.low)
    }

    /// When the identifier was made, to 4 ms.
    package var createdAt: Instant { TimeKey.instant(of: key) }
}

package typealias ApplicationID = Identifier<ApplicationKind>
package typealias EndpointID = Identifier<EndpointKind>
package typealias MessageID = Identifier<MessageKind>
package typealias ReplayID = Identifier<ReplayKind>
package typealias AttemptID = Identifier<AttemptKind>

/// The 64-bit keys under which rows are stored: 32 bits of seconds, 8 bits of 4 ms units, 23 bits that number the keys of
/// one unit. Keys grow with time, so rows that are written together lie together.
package enum TimeKey {
    /// 2014-05-13T16:53:20Z, the epoch of KSUIDs, in seconds.
    package static let epoch: Int64 = 1_400_000_000
    static let unitsPerSecond: Int64 = 250
    static let suffixBits: Int64 = 23

    /// The smallest key of the 4 ms unit that holds `instant`; 0 before the epoch.
    package static func first(at instant: Instant) -> Int64 {
        let sinceEpoch = instant.millisecondsSince1970 - epoch * 1000
        guard sinceEpoch > 0 else { return 0 }
        let seconds = min(sinceEpoch / 1000, Int64(UInt32.max) >> 1)
        let unit = (sinceEpoch % 1000) / 4
        return seconds << 31 | unit << suffixBits
    }

    /// The smallest key of the unit behind this one: after 250 of them comes the next second.
    static func following(_ unit: Int64) -> Int64 {
        let next = unit + (1 << suffixBits)
        return (next >> suffixBits) & 0xFF < unitsPerSecond ? next : ((next >> 31) + 1) << 31
    }

    package static func instant(of key: Int64) -> Instant {
        let seconds = key >> 31
        let unit = (key >> suffixBits) & 0xFF
        return Instant(millisecondsSince1970: (seconds + epoch) * 1000 + unit * 4)
    }
}

/// Makes identifiers whose keys grow strictly, also when the clock stands still or steps back.
///
/// One generator per process; it is a value, so whoever owns it decides how it is shared. Of nodes over one store each has a slot:
/// within a unit of time its keys are those with that number in front, so no two nodes ever make the same key.
package struct IdentifierGenerator: Sendable {
    /// 10 bits of slot leave 8,192 keys for each 4 ms; who needs more uses up the following units.
    private static let counterBits: Int64 = 13

    private var lastKey: Int64
    /// nil: all keys are ours.
    private var slot: Int64?

    /// - Parameters:
    ///   - lastKey: the greatest key that is already in use, 0 in an empty store.
    ///   - slot: `Lease.slot`, if others make keys for the same store.
    package init(after lastKey: Int64 = 0, slot: Int64? = nil) {
        self.lastKey = lastKey
        self.slot = slot
    }

    package mutating func next<Kind: Identified>(
        _ kind: Kind.Type = Kind.self, at now: Instant, using random: inout some RandomNumberGenerator
    ) -> Identifier<Kind> {
        lastKey = slot.map { key(in: $0, at: now) } ?? max(lastKey + 1, TimeKey.first(at: now))
        return Identifier(
            key: lastKey, nonce: .init(high: random.next(), low: UInt32(truncatingIfNeeded: random.next())))
    }

    package mutating func move(to slot: Int64) { self.slot = slot }

    private func key(in slot: Int64, at now: Instant) -> Int64 {
        let own = slot << Self.counterBits
        let first = TimeKey.first(at: now) | own
        guard first <= lastKey else { return first }
        // The next one of the last key's unit that is ours, or the first of the unit behind it.
        let unit = (lastKey >> TimeKey.suffixBits) << TimeKey.suffixBits
        let next = max(lastKey + 1, unit | own)
        return next >> Self.counterBits == (unit | own) >> Self.counterBits
            ? next : TimeKey.following(unit) | own
    }
}

/// Who owns applications and event types. There is no table of organizations: a token names one, and its name is only a namespace.
package struct OrganizationID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// `nil` unless the text is `org_` and 1...252 of `a-zA-Z0-9-_.`.
    package init?(_ text: String) {
        guard text.hasPrefix("org_"), text.utf8.count > 4, Name.isValid(text) else { return nil }
        rawValue = text
    }

    private init(unchecked text: String) { rawValue = text }

    /// The organization of a token that names none.
    package static let standard = OrganizationID(unchecked: "org_godwit")

    /// The organization under which the endpoints for this one's operational webhooks are registered, in an application whose uid is
    /// this one's name. Only the server makes it: no token of this organization reaches it.
    package var operational: OrganizationID {
        OrganizationID(unchecked: "org_operational." + rawValue.dropFirst("org_".count))
    }

    package var description: String { rawValue }
}

/// What an organization is told of its own deliveries, by webhook.
package enum OperationalEventType: String, Hashable, Sendable, CaseIterable {
    case endpointCreated = "endpoint.created"
    /// Anything of it was changed through the API: its secret, headers and policy too.
    case endpointUpdated = "endpoint.updated"
    case endpointDeleted = "endpoint.deleted"
    case endpointEnabled = "endpoint.enabled"
    /// An endpoint did nothing but fail for half of the span after which it is disabled.
    case endpointFailing = "endpoint.failing"
    /// An endpoint was disabled: through the API, or it is gone, or failed for too long.
    case endpointDisabled = "endpoint.disabled"
    /// A delivery failed for the fourth time, and is tried again.
    case attemptFailing = "message.attempt.failing"
    /// A delivery succeeded that had failed four times or more.
    case attemptRecovered = "message.attempt.recovered"
    /// A delivery became a dead letter.
    case attemptExhausted = "message.attempt.exhausted"
    /// A background task, or a replay, came to its end.
    case taskFinished = "background_task.finished"
}

/// The alphabet of uids, event ids, event types and channels.
package enum Name {
    /// `^[a-zA-Z0-9\-_.]+$`, at most `Limits.nameCharacters`.
    package static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.nameCharacters && text.utf8.allSatisfy(isNameByte)
    }

    /// Channels may also hold `:` and `+`, at most `Limits.channelCharacters`.
    package static func isValidChannel(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= Limits.channelCharacters
            && text.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "+") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
