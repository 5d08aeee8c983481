import GodwitCore
import GodwitStore

/// A channel or a tag, by which messages are found: rows only for messages that have any.
enum MessageLabel {
    static func channel(_ channel: String) -> String { "channel:" + channel }
    static func tag(_ tag: String) -> String { "tag:" + tag }
}

/// Twice fails: a message has each once. Index: primary key.
struct InsertMessageLabel: BatchedStatement {
    static let sql = "INSERT INTO message_labels (application_key, label, message_key) VALUES (?1, ?2, ?3)"
    static let postgreSQLBatch = BatchText.insertion(postgreSQL, [.bigint, .text, .bigint])

    let application: Int64
    let label: String
    let message: Int64

    var row: WrittenRow { WrittenRow(.labels, message, Int64(label.hashValue)) }

    func bind(to statement: some SQLParameters) {
        statement.bind(application, at: 1)
        statement.bind(label, at: 2)
        statement.bind(message, at: 3)
    }
}

extension SQLConnection {
    /// Inside a transaction.
    func insert(_ message: Message) throws(StoreError) {
        try runInBatch(InsertMessage(message: message))
        for channel in message.channels {
            try runInBatch(
                InsertMessageLabel(
                    application: message.application, label: MessageLabel.channel(channel), message: message.id.key))
        }
        for tag in message.tags {
            try runInBatch(
                InsertMessageLabel(application: message.application, label: MessageLabel.tag(tag), message: message.id.key))
        }
    }
}
