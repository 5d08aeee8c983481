import Foundation
import GodwitCore
import GodwitStore
import GodwitTestKit
import Testing

@testable import GodwitSQL
@testable import GodwitSQLite

@Suite("A SQLite store")
struct SQLiteDurabilityTests {
    private static func scene(_ folder: TemporaryFolder) throws -> StoreScene {
        try StoreScene(
            StoreFactory(
                make: { try SQLiteStore.open(path: folder.file(), exclusive: true, idempotencyKeys: $0) },
                reopen: { _, keys in try SQLiteStore.open(path: folder.file(), exclusive: true, idempotencyKeys: keys) }))
    }

    private static func sqlite(_ scene: StoreScene) throws -> SQLiteStore { try #require(scene.store as? SQLiteStore) }

    @Test("refuses a batch when the disk is full, keeps all before it, and works again when there is room")
    func diskFull() throws {
        let folder = try TemporaryFolder()
        let scene = try Self.scene(folder)
        let store = try Self.sqlite(scene)
        _ = try store.writerSetting("max_page_count = 300")
        var accepted: [Message] = []
        var refusal: StoreError?
        while refusal == nil, accepted.count < 10_000 {
            let batch = (0..<8).map { _ in scene.message(payload: [UInt8](repeating: 1, count: 3000)) }
            do {
                try scene.commit(
                    [.catalog(.setSettingOnce(name: "batch-\(accepted.count)", value: "written"))]
                        + batch.map { scene.publication($0, to: [1, 2], idempotency: scene.idempotencyKey(UInt64($0.id.key))) })
                accepted += batch
            } catch let error as StoreError {
                refusal = error
                for message in batch { #expect(try store.message(application: 1, message.id.reference) == nil) }
                let key = scene.idempotencyKey(UInt64(batch[0].id.key))
                #expect(try store.rememberedResponse(key, since: .distantPast) == .none)
            }
        }
        #expect(refusal?.code == .full)
        #expect(!accepted.isEmpty)
        #expect(try store.setting(named: "batch-\(accepted.count)") == nil)
        // Still full: reads go on, and what is small may fit or not, but is answered the same way.
        for message in accepted { #expect(try store.message(application: 1, message.id.reference)?.content == message.content) }

        _ = try store.writerSetting("max_page_count = 100000")
        let next = Int64(accepted.count + 1)
        #expect(try scene.publish(scene.message(), to: [1, 2]) == .stored(sequences: [next, next]))
        try scene.restart()
        #expect(try scene.publish(scene.message(), to: [1, 2]) == .stored(sequences: [next + 1, next + 1]))
        scene.store.close()
    }

    @Test("has what it answered in its files before it answered")
    func crash() throws {
        let folder = try TemporaryFolder()
        let scene = try Self.scene(folder)
        var messages: [Message] = []
        for round in 0..<20 {
            let message = scene.message(eventID: "evt-\(round)")
            #expect(try scene.publish(message, to: [1]) == .stored(sequences: [Int64(round + 1)]))
            messages.append(message)
            guard round % 5 == 4 else { continue }
            // What a crash would leave: the files as they are, without a goodbye.
            let copy = folder.file("crash-\(round).db")
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: folder.file() + suffix, toPath: copy + suffix)
            }
            let recovered = try SQLiteStore.open(path: copy, exclusive: true)
            for message in messages {
                #expect(try recovered.message(application: 1, message.id.reference)?.content == message.content)
            }
            #expect(try recovered.greatestKey() == message.id.key)
            recovered.close()
        }
        scene.store.close()
    }

    /// A machine that loses power can tear the end of the log off, but only of what was not answered yet.
    @Test("recovers whole batches only, whatever is torn off its log", arguments: [0, 1, 3, 7, 20, 60])
    func tornLog(kilobytesLost: Int) throws {
        let folder = try TemporaryFolder()
        let scene = try Self.scene(folder)
        for _ in 0..<20 {
            try scene.commit((0..<5).map { _ in scene.publication(scene.message(), to: [1, 2]) })
        }
        let copy = folder.file("torn.db")
        let log = try Data(contentsOf: URL(filePath: folder.file() + "-wal"))
        try FileManager.default.copyItem(atPath: folder.file(), toPath: copy)
        try log.dropLast(kilobytesLost * 1024 + kilobytesLost % 2).write(to: URL(filePath: copy + "-wal"))
        scene.store.close()

        let recovered = try SQLiteStore.open(path: copy, exclusive: true)
        defer { recovered.close() }
        let all = PageRequest<Int64>(limit: 1000, order: .ascending)
        let messages = try recovered.messages(application: 1, MessageFilter(), all).items
        #expect(messages.count % 5 == 0)
        if kilobytesLost == 0 { #expect(messages.count == 100) }
        var sequences: [Int64] = []
        for message in messages {
            let deliveries = try recovered.deliveries(ofMessage: message.id.key)
            #expect(deliveries.count == 2)
            sequences += deliveries.filter { $0.key.endpoint == 1 }.map(\.sequence)
        }
        #expect(sequences == Array(1...Int64(max(1, messages.count))).prefix(messages.count).map(\.self))
        // The next number follows what was recovered.
        let lease = try recovered.begin(at: scene.now)
        let next = NewMessage(
            message: scene.message(), idempotency: nil, deliveries: [(1, .accepted(under: lease))])
        guard case .published(.stored(let numbers))? = try recovered.commit([.publish(next)], at: scene.now).first else {
            Issue.record("a recovered store must accept")
            return
        }
        #expect(numbers == [Int64(messages.count + 1)])
    }

    @Test("is read by several threads while it is written")
    func concurrentReads() async throws {
        let folder = try TemporaryFolder()
        let scene = try Self.scene(folder)
        let store = scene.store
        let first = scene.message()
        try scene.publish(first, to: [1])
        let reference = first.id.reference
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var seen = 0
                    for _ in 0..<200 {
                        let page = try store.messages(
                            application: 1, MessageFilter(), PageRequest(limit: 500, order: .ascending))
                        // A reader never sees half a batch, and never an older state than before.
                        #expect(page.items.count % 3 == 1 && page.items.count >= seen)
                        seen = page.items.count
                        #expect(try store.message(application: 1, reference) != nil)
                    }
                }
            }
            for _ in 0..<60 { try scene.commit((0..<3).map { _ in scene.publication(scene.message(), to: [1]) }) }
            try await group.waitForAll()
        }
        store.close()
        #expect(throws: StoreError.self) { try store.setting(named: "x") }
        #expect(throws: StoreError.self) {
            try store.commit([.publish(NewMessage(message: first, idempotency: nil, deliveries: []))], at: .distantPast)
        }
    }

    @Test("keeps payloads and secrets out of its errors")
    func errorsHideArguments() throws {
        let folder = try TemporaryFolder()
        let scene = try Self.scene(folder)
        let message = scene.message(eventType: "topsecret", payload: Array("topsecret".utf8))
        try scene.publish(message)
        let refusal = #expect(throws: StoreError.self) { try scene.publish(message) }
        #expect(refusal?.code == .unusable)
        #expect(refusal?.message.contains("topsecret") == false)
        #expect(refusal?.message.contains(message.id.description) == false)
        scene.store.close()
    }
}
