import Foundation

/// SIGINT and SIGTERM as a call, so that a run can clean up before it ends.
struct TerminationSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ onSignal: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler(handler: DispatchWorkItem(block: onSignal))
            source.resume()
            return source
        }
    }

    func stop() { for source in sources { source.cancel() } }
}
