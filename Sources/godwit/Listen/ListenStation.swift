import Foundation
import GodwitCore
import GodwitListen

/// What happens to each event, wherever it comes from: verify, forward, record, say, count.
actor ListenStation {
    let keys: ListenKeys
    let rules: [ForwardRule]
    let client: OutgoingClient
    let writesJSON: Bool
    private let recording: FileHandle?
    private let exitAfter: Int?

    private(set) var tally = ListenTally()
    /// For the keyboard.
    private(set) var last: HandledEvent?
    private var lastBad: HandledEvent?

    init(
        keys: ListenKeys, rules: [ForwardRule], client: OutgoingClient, writesJSON: Bool, recording: FileHandle?,
        exitAfter: Int?
    ) {
        self.keys = keys
        self.rules = rules
        self.client = client
        self.writesJSON = writesJSON
        self.recording = recording
        self.exitAfter = exitAfter
    }

    /// Whether as many came as were wanted.
    var isDone: Bool { exitAfter.map { tally.count >= $0 } ?? false }

    /// - Parameter isReplayed: it comes from a cassette, and is signed anew before it goes on.
    func handle(_ event: ListenEvent, isReplayed: Bool = false, isRetry: Bool = false) async throws -> HandledEvent {
        let verification = keys.verify(event)
        var forwards: [HandledEvent.Forward] = []
        // What isn't genuine goes nowhere.
        if verification.isPassedOn {
            forwards = await forward(isReplayed || isRetry ? try keys.signedAnew(event) : event)
        }
        let handled = HandledEvent(event, verification, forwards: forwards, isRetry: isRetry)
        if !isReplayed, !isRetry { try record(event) }
        say(handled)
        tally.add(handled)
        last = handled
        if handled.isGood { if lastBad?.event == event { lastBad = nil } } else { lastBad = handled }
        return handled
    }

    private func forward(_ event: ListenEvent) async -> [HandledEvent.Forward] {
        let client = client
        return await withTaskGroup(of: (Int, HandledEvent.Forward).self) { group in
            for (index, url) in ForwardRule.targets(of: event.eventType, by: rules).enumerated() {
                group.addTask {
                    let start = ContinuousClock.now
                    let headers = event.forwardedHeaders.map { (name: $0.name, value: $0.value) }
                    let request = OutgoingRequest(method: event.method, url: url, headers: headers, body: event.body)
                    do throws(OutgoingFailure) {
                        let answer = try await client.send(request)
                        return (index, .init(url: "\(url)", outcome: .status(answer.status), elapsed: answer.elapsed))
                    } catch {
                        return (index, .init(url: "\(url)", outcome: .failed("\(error)"), elapsed: .now - start))
                    }
                }
            }
            var forwards: [(Int, HandledEvent.Forward)] = []
            for await forward in group { forwards.append(forward) }
            return forwards.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func record(_ event: ListenEvent) throws {
        try recording?.write(contentsOf: Data(JSONWriter.write(event) + Array("\n".utf8)))
    }

    private func say(_ handled: HandledEvent) {
        Console.say(writesJSON ? String(decoding: JSONWriter.write(handled), as: UTF8.self) : handled.line)
    }

    // MARK: Keyboard

    /// The last that failed, or else the last.
    func retry() async throws {
        guard let again = lastBad ?? last else { return ListenNote.say("Nothing has come yet.") }
        _ = try await handle(again.event, isRetry: true)
    }

    func showDetails() {
        guard let last else { return ListenNote.say("Nothing has come yet.") }
        Console.say(last.details)
    }

    /// Shows the last event in the program that this machine has for JSON.
    func open() throws {
        guard let last else { return ListenNote.say("Nothing has come yet.") }
        let file = FileManager.default.temporaryDirectory.appending(path: "godwit-event-\(UUID().uuidString).json")
        try Data(JSONWriter.write(last.event)).write(to: file)
        #if os(macOS)
        let opener = "open"
        #else
        let opener = "xdg-open"
        #endif
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [opener, file.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { process in
            if process.terminationStatus != 0 { ListenNote.say("`\(opener)` could not show \(file.path)") }
        }
        try process.run()
        ListenNote.say("Opened \(file.path)")
    }
}

extension HandledEvent.Verification {
    fileprivate var isPassedOn: Bool { if case .refused = self { false } else { true } }
}

/// What is said besides the events, on stderr.
enum ListenNote {
    static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}
