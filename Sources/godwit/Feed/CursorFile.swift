import Foundation
import GodwitCore
import GodwitListen

/// The file in which a command remembers where it stopped.
struct CursorFile {
    let path: String
    let feed: String

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// nil when there is none yet.
    func read() throws -> FeedCursor? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else { throw Problem(description: "\(path) can't be read") }
        do throws(FeedCursor.Malformed) {
            return try FeedCursor(file: Array(data), feed: feed)
        } catch {
            throw Problem(description: "\(path) \(error); give another --cursor for \(feed)")
        }
    }

    /// Replaces the file in one step: half a number would be a wrong one.
    func write(after: UInt64) throws {
        let cursor = FeedCursor(feed: feed, after: after)
        do {
            try Data(JSONWriter.write(cursor) + Array("\n".utf8)).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Problem(description: "\(path) can't be written")
        }
    }
}
