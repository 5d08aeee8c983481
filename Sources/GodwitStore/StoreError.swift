/// Why a store refused or failed. The message never holds statement arguments: those are payloads and secrets.
package struct StoreError: Error, Hashable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// A uid, name or event id is taken.
        case conflict
        case notFound
        /// The disk is full, or a quota is reached. Nothing was written.
        case full
        /// The store can't be reached or written right now; trying again may help.
        case unavailable
        /// The store's content or version is not what this program can use; trying again doesn't help.
        case unusable
    }

    package var code: Code
    package var message: String

    /// Another node was faster: the transaction is to be done again.
    package static let contended = StoreError(.unavailable, "another node changed this at the same time")

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
