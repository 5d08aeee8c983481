package import GodwitCore
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// Makes identifiers for all threads of the process.
package final class IdentifierSource: Sendable {
    private struct State {
        var generator: IdentifierGenerator
        var random = BlockRandomness()
    }

    private let state: Mutex<State>

    /// - Parameter lastKey: the greatest key in the store.
    /// - Parameter slot: `Lease.slot`, if others make keys for the same store.
    package init(after lastKey: Int64, slot: Int64? = nil) {
        state = Mutex(State(generator: IdentifierGenerator(after: lastKey, slot: slot)))
    }

    /// A new life has another slot.
    func move(to slot: Int64) { state.withLock { $0.generator.move(to: slot) } }

    package func next<Kind: Identified>(_ kind: Kind.Type, at now: Instant) -> Identifier<Kind> {
        state.withLock { $0.generator.next(kind, at: now, using: &$0.random) }
    }
}

/// The system's generator, asked for 32 numbers at a time, which is as much as one call gives: one call to the kernel per number would cost as much as signing.
private struct BlockRandomness: RandomNumberGenerator {
    private var block: [UInt64] = []

    mutating func next() -> UInt64 {
        if let number = block.popLast() { return number }
        block = unsafe [UInt64](unsafeUninitializedCapacity: 32) { numbers, count in
            count = unsafe Self.fill(UnsafeMutableRawBufferPointer(numbers)) ? 32 : 0
        }
        // If the kernel refuses, the library's own way in is as good, only slower.
        var system = SystemRandomNumberGenerator()
        return block.popLast() ?? system.next()
    }

    private static func fill(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        #if canImport(Glibc)
        unsafe getentropy(bytes.baseAddress, bytes.count) == 0
        #else
        false
        #endif
    }
}
