import GodwitCore
import NIOCore

/// Why a name has no address. The text is for people and holds no secret.
package struct NameLookupError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// What the resolver knows and what it waits for, as a value. It decides; `NameResolver` does.
struct NameCache<Waiter: Sendable>: Sendable {
    typealias Answer = Result<[IPAddress], NameLookupError>

    enum Decision {
        case answer(Answer)
        /// A look-up of this name is under way; the waiter gets its answer.
        case wait
        case startLookup(Lane)
    }

    /// A name that hangs holds a thread for 10 s or more. Names that resolved last time have threads of their own, so that a
    /// handful of dead names can't stop the deliveries to everyone else.
    enum Lane {
        case known
        case unknown
    }

    private struct Entry {
        var answer: Answer
        var expires: NIODeadline
    }

    private var entries: [String: Entry] = [:]
    private var waiting: [String: [Waiter]] = [:]
    /// Names that are remembered.
    var count: Int { entries.count }

    private let positiveAge: TimeAmount
    private let negativeAge: TimeAmount

    init(positiveAge: TimeAmount, negativeAge: TimeAmount) {
        self.positiveAge = positiveAge
        self.negativeAge = negativeAge
    }

    mutating func resolve(_ name: String, for waiter: @autoclosure () -> Waiter, at now: NIODeadline) -> Decision {
        let entry = entries[name]
        if let entry, entry.expires > now { return .answer(entry.answer) }
        if waiting[name] != nil {
            waiting[name]?.append(waiter())
            return .wait
        }
        guard waiting.count < Limits.lookupsWaiting else {
            return .answer(.failure(NameLookupError("too many names are waiting to be resolved")))
        }
        waiting[name] = [waiter()]
        switch entry?.answer {
        case .success: return .startLookup(.known)
        case .failure, nil: return .startLookup(.unknown)
        }
    }

    /// - Returns: those who waited for the answer.
    mutating func answered(_ name: String, _ answer: Answer, at now: NIODeadline) -> [Waiter] {
        if entries.count >= Limits.namesRemembered, entries[name] == nil { forgetOldest() }
        switch answer {
        case .success: entries[name] = Entry(answer: answer, expires: now + positiveAge)
        case .failure: entries[name] = Entry(answer: answer, expires: now + negativeAge)
        }
        return waiting.removeValue(forKey: name) ?? []
    }

    /// A tenth at once, so that a full cache isn't sorted for every new name.
    private mutating func forgetOldest() {
        let oldest = entries.sorted { $0.value.expires < $1.value.expires }.prefix(max(1, Limits.namesRemembered / 10))
        for (name, _) in oldest { entries[name] = nil }
    }
}
